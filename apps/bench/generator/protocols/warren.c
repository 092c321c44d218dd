/* docs/protocol.md */
#include <stdlib.h>

#include "../protocol.h"
#include "../varint.h"
#include "../websocket.h"

#define PROTOCOL_VERSION 3
/* The one action of the bench game: answers with its argument, a byte string. */
#define ECHO_ACTION 0
/* Of a client. */
#define FRAMES_PER_MESSAGE_MAX 64
#define MESSAGE_BYTES_MAX (16u << 10)

enum { HELLO = 0x01, LEAVE = 0x03, INPUT = 0x10, ACTION = 0x11 };
enum { WELCOME = 0x41, STATE = 0x50, EVENT = 0x51, REPLY = 0x52 };

/* An action's argument: length and bytes, masked already. */
static uint8_t *argument;
static size_t argument_bytes;

/* `url` is ws://host:port/path, or :port of the host that was asked. */
static bool seat(const HttpAnswer *answer, Seat *seat_) {
  char url[1024];
  if (!answer || !json_property(answer, "url", url, sizeof url)) return false;
  const char *const host = strncmp(url, "ws://", 5) == 0 ? url + 5 : url;
  const char *const port = strchr(host, ':');
  if (!port || strncmp(url, "wss:", 4) == 0) return false;
  char *path;
  seat_->port = (uint16_t)strtoul(port + 1, &path, 10);
  strcpy(seat_->path, *path == '/' ? path : "/");
  return json_property(answer, "seatToken", seat_->token, sizeof seat_->token);
}

/* Without the fingerprint of a schema, as a page that was never here before: WELCOME brings the schema. */
static void opened(Player *player) {
  uint8_t body[sizeof player->seat->token + 16], frame[sizeof body + 16];
  const size_t token = strlen(player->seat->token);
  uint8_t *at = body;
  *at++ = 1 << 3;
  at = varint_write(at, PROTOCOL_VERSION);
  *at++ = 2 << 3 | 2;
  at = varint_write(at, token);
  memcpy(at, player->seat->token, token);
  const size_t length = (size_t)(at - body) + token;
  frame[0] = HELLO;
  at = varint_write(frame + 1, length);
  memcpy(at, body, length);
  player_send(player, WS_BINARY, frame, (size_t)(at - frame) + length);
}

/* Of protobuf's WELCOME only the numbers, of which two matter. */
static void welcome(Player *player, const uint8_t *at, const uint8_t *end) {
  while (at < end) {
    const uint64_t tag = varint_read(&at, end);
    const uint64_t value = varint_read(&at, end);
    if ((tag & 7) == 2) {
      if (value > (uint64_t)(end - at)) player_fail(player, "WELCOME is damaged");
      at += value;
    } else if ((tag & 7) != 0) {
      player_fail(player, "WELCOME is damaged");
    } else if (tag >> 3 == 4) {
      player->generation = (uint32_t)value;
    } else if (tag >> 3 == 13) {
      player->request_number = player->reply_number = (uint32_t)value;
    }
  }
}

static void reply(Player *player, const uint8_t *at, const uint8_t *end) {
  varint_read(&at, end); /* epoch */
  const uint64_t number = varint_read(&at, end);
  const uint64_t error = varint_read(&at, end);
  if (error > 0)
    player_fail(player, "action %u was refused: %.*s", (unsigned)number, (int)(end - at), (const char *)at);
  if (number != ++player->reply_number)
    player_fail(player, "a reply to action %u, not %u", (unsigned)number, player->reply_number);
  const uint64_t length = varint_read(&at, end);
  if (length != (uint64_t)(end - at)) player_fail(player, "a reply's result is damaged");
  watcher.reply(player, length);
}

static void event(Player *player, const uint8_t *at, const uint8_t *end) {
  varint_read(&at, end); /* epoch */
  player->event_seq = (uint32_t)varint_read(&at, end);
}

static void message(Player *player, uint8_t opcode, uint8_t *payload, size_t length) {
  (void)opcode;
  const uint8_t *at = payload;
  const uint8_t *const end = payload + length;
  while (at < end) {
    const uint8_t type = *at++;
    const uint64_t size = varint_read(&at, end);
    if (size > (uint64_t)(end - at)) player_fail(player, "a frame of type %u is cut off", type);
    const uint8_t *const body = at;
    at += size;
    if (type == REPLY) reply(player, body, at);
    else if (type == STATE && player->phase == READY) watcher.state(player);
    else if (type == STATE && player->generation > 0) player_ready(player);
    else if (type == EVENT) event(player, body, at);
    else if (type == WELCOME) welcome(player, body, at);
  }
}

/* Of one request, without the head of a message. */
static size_t request_bytes_max(void) { return 6 * VARINT_BYTES_MAX + argument_bytes; }

static size_t prepare(size_t payload_bytes) {
  argument = realloc(argument, payload_bytes + VARINT_BYTES_MAX);
  uint8_t *const bytes = varint_write(argument, payload_bytes);
  memset(bytes, 0x2a, payload_bytes);
  argument_bytes = (size_t)(bytes - argument) + payload_bytes;
  ws_mask(argument, argument_bytes);
  return WS_HEAD_MAX + request_bytes_max();
}

/* Type, length, and the varints at the front of a frame that goes up; what follows has `rest` bytes. */
static size_t front(uint8_t *to, uint8_t type, const uint32_t *numbers, unsigned count, size_t rest) {
  uint8_t body[5 * VARINT_BYTES_MAX];
  uint8_t *end = body;
  for (unsigned at = 0; at < count; at++) end = varint_write(end, numbers[at]);
  const size_t length = (size_t)(end - body);
  *to = type;
  uint8_t *const at = varint_write(to + 1, length + rest);
  memcpy(at, body, length);
  return (size_t)(at - to) + length;
}

static size_t request(Player *player, uint8_t *to) {
  const uint32_t numbers[] = {player->generation, ++player->request_number, player->event_seq, ECHO_ACTION};
  const size_t length = front(to, ACTION, numbers, 4, argument_bytes);
  ws_mask(to, length);
  memcpy(to + length, argument, argument_bytes);
  return length + argument_bytes;
}

/* As packages/client does: those of one turn share messages. */
static size_t requests(Player *player, unsigned count, uint8_t *to) {
  uint8_t *end = to;
  while (count > 0) {
    uint8_t *const first = end + WS_HEAD_MAX;
    size_t length = 0;
    unsigned frames = 0;
    do length += request(player, first + length);
    while (++frames < count && frames < FRAMES_PER_MESSAGE_MAX && length + request_bytes_max() <= MESSAGE_BYTES_MAX);
    count -= frames;
    end += ws_head(end, WS_BINARY, length);
    memmove(end, first, length);
    end += length;
  }
  return (size_t)(end - to);
}

/* thrust, turn: ahead and to the left. */
static size_t input(Player *player, uint8_t *to) {
  static const uint8_t HELD[] = {1, 1};
  uint8_t bytes[INPUT_BYTES_MAX];
  const uint32_t numbers[] = {player->generation, ++player->input_number, player->event_seq, 0};
  size_t length = front(bytes, INPUT, numbers, 4, sizeof HELD);
  memcpy(bytes + length, HELD, sizeof HELD);
  length += sizeof HELD;
  const size_t head = ws_head(to, WS_BINARY, length);
  memcpy(to + head, bytes, length);
  ws_mask(to + head, length);
  return head + length;
}

static bool leave(Player *player) {
  uint8_t body[1 + VARINT_BYTES_MAX] = {1 << 3}, frame[sizeof body + 2] = {LEAVE};
  const size_t length = (size_t)(varint_write(body + 1, player->generation) - body);
  frame[1] = (uint8_t)length;
  memcpy(frame + 2, body, length);
  player_send(player, WS_BINARY, frame, 2 + length);
  return true;
}

const Protocol WARREN = {"warren", "warren.v1", seat, opened, message, prepare, requests, input, leave};
