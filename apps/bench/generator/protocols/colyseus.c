/* Colyseus 0.18: its matchmaking route, and messages of bytes with a number as type, which leave msgpack out. */
#include <stdio.h>
#include <stdlib.h>

#include "../protocol.h"
#include "../websocket.h"

enum { JOIN_ROOM = 10, ERROR = 11, LEAVE_ROOM = 12, ROOM_STATE = 14, ROOM_STATE_PATCH = 15, ROOM_DATA_BYTES = 17 };
/* What modifiers leave of the first byte. */
#define CODE_MASK 31u

/* Types of messages of the servers in peers. */
enum { ECHO = 0, INPUT = 1 };

#define MESSAGE_HEAD 2

static uint8_t *request_frame;
static size_t request_bytes;

/* A seat reservation. The socket is to the same port. */
static bool seat(const HttpAnswer *answer, Seat *seat_) {
  char process[128], room[128], session[128];
  if (!answer || !json_property(answer, "processId", process, sizeof process) ||
      !json_property(answer, "roomId", room, sizeof room) ||
      !json_property(answer, "sessionId", session, sizeof session))
    return false;
  snprintf(seat_->path, sizeof seat_->path, "/%s/%s?sessionId=%s", process, room, session);
  return true;
}

/* The server speaks first. */
static void opened(Player *player) { (void)player; }

/* JOIN_ROOM, the reconnection token, the name of the serializer, …; with the serializer "none" no state will come. */
static void join_room(Player *player, const uint8_t *payload, size_t length) {
  const uint8_t answer = JOIN_ROOM;
  player_send(player, WS_BINARY, &answer, 1);
  const size_t name = length > 1 ? 2u + payload[1] : length;
  if (name + 5 <= length && memcmp(payload + name, "\4none", 5) == 0) player_ready(player);
}

static void message(Player *player, uint8_t opcode, uint8_t *payload, size_t length) {
  (void)opcode;
  const unsigned code = length > 0 ? payload[0] & CODE_MASK : 0;
  if (code == ROOM_DATA_BYTES && length >= MESSAGE_HEAD) watcher.reply(player, length - MESSAGE_HEAD);
  else if (code == ROOM_STATE_PATCH) watcher.state(player);
  else if (code == ROOM_STATE) player_ready(player);
  else if (code == JOIN_ROOM) join_room(player, payload, length);
  else if (code == ERROR) player_fail(player, "Colyseus says %.*s", (int)length - 1, (const char *)payload + 1);
}

static size_t prepare(size_t payload_bytes) {
  const size_t length = MESSAGE_HEAD + payload_bytes;
  request_frame = realloc(request_frame, WS_HEAD_MAX + length);
  const size_t head = ws_head(request_frame, WS_BINARY, length);
  request_frame[head] = ROOM_DATA_BYTES;
  request_frame[head + 1] = ECHO;
  memset(request_frame + head + MESSAGE_HEAD, 0x2a, payload_bytes);
  ws_mask(request_frame + head, length);
  return request_bytes = head + length;
}

static size_t requests(Player *player, unsigned count, uint8_t *to) {
  (void)player;
  for (unsigned at = 0; at < count; at++) memcpy(to + at * request_bytes, request_frame, request_bytes);
  return count * request_bytes;
}

static size_t input(Player *player, uint8_t *to) {
  const uint32_t number = ++player->input_number;
  uint8_t body[MESSAGE_HEAD + sizeof number + 2] = {ROOM_DATA_BYTES, INPUT};
  memcpy(body + MESSAGE_HEAD, &number, sizeof number);
  body[sizeof body - 2] = body[sizeof body - 1] = 1;
  const size_t head = ws_head(to, WS_BINARY, sizeof body);
  memcpy(to + head, body, sizeof body);
  ws_mask(to + head, sizeof body);
  return head + sizeof body;
}

/* The server closes. */
static bool leave(Player *player) {
  const uint8_t body = LEAVE_ROOM;
  player_send(player, WS_BINARY, &body, 1);
  return true;
}

const Protocol COLYSEUS = {"colyseus", NULL, seat, opened, message, prepare, requests, input, leave};
