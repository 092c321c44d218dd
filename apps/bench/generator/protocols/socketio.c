/*
 * Socket.IO 4 on engine.io 4, WebSocket alone. The first character is engine.io's (0 open, 2 ping, 3 pong, 4 message),
 * the second, of messages, Socket.IO's (0 connect, 1 disconnect, 2 event, 3 acknowledgement, 4 error, 5 event whose
 * bytes follow in a message of their own).
 */
#include <stdio.h>
#include <stdlib.h>

#include "../protocol.h"
#include "../websocket.h"

/* 42, a number, this, the payload and the tail; answered with 43, the number, ["the payload"]. */
#define ECHO_HEAD "[\"echo\",\""
#define REPLY_HEAD "[\""
#define TAIL "\"]"
#define DIGITS_MAX 10
#define STATE_HEAD "42[\"state\""
#define INPUT "42[\"input\",\"11\"]"

/* What follows the number in a request, masked. */
static uint8_t *request_rest;
static size_t rest_bytes;

static bool starts(const uint8_t *payload, size_t length, const char *with) {
  const size_t bytes = strlen(with);
  return length >= bytes && memcmp(payload, with, bytes) == 0;
}

static bool seat(const HttpAnswer *answer, Seat *seat_) {
  strcpy(seat_->path, "/socket.io/?EIO=4&transport=websocket");
  seat_->token[0] = 0;
  return !answer || json_property(answer, "token", seat_->token, sizeof seat_->token);
}

/* The server speaks first. */
static void opened(Player *player) { (void)player; }

static void connect_(Player *player) {
  char text[sizeof player->seat->token + 32] = "40";
  if (player->seat->token[0]) snprintf(text, sizeof text, "40{\"token\":\"%s\"}", player->seat->token);
  player_send(player, WS_TEXT, text, strlen(text));
}

static void reply(Player *player, const uint8_t *payload, size_t length) {
  const uint8_t *at = payload + 2, *const end = payload + length;
  uint32_t number = 0;
  for (; at < end && *at >= '0' && *at <= '9'; at++) number = 10 * number + (*at - '0');
  if (number != ++player->reply_number)
    player_fail(player, "a reply to request %u, not %u", number, player->reply_number);
  const size_t around = strlen(REPLY_HEAD TAIL), rest = (size_t)(end - at);
  if (rest < around || !starts(at, rest, REPLY_HEAD) || memcmp(end - strlen(TAIL), TAIL, strlen(TAIL)) != 0)
    player_fail(player, "the reply is no text: %.*s", (int)(length < 600 ? length : 600), (const char *)payload);
  watcher.reply(player, rest - around);
}

static void message(Player *player, uint8_t opcode, uint8_t *payload, size_t length) {
  if (opcode == WS_BINARY) watcher.state(player);
  else if (starts(payload, length, "43")) reply(player, payload, length);
  else if (starts(payload, length, STATE_HEAD)) watcher.state(player);
  else if (starts(payload, length, "45")) return; /* its bytes are next */
  else if (starts(payload, length, "2")) player_send(player, WS_TEXT, "3", 1);
  else if (starts(payload, length, "0")) connect_(player);
  /* The first state, where there is one, is written right behind in the same turn of the server. */
  else if (starts(payload, length, "40")) player_ready(player);
  else player_fail(player, "Socket.IO says %.*s", (int)(length < 600 ? length : 600), (const char *)payload);
}

static size_t prepare(size_t payload_bytes) {
  rest_bytes = strlen(ECHO_HEAD TAIL) + payload_bytes;
  request_rest = realloc(request_rest, rest_bytes);
  memset(request_rest, 'x', rest_bytes);
  memcpy(request_rest, ECHO_HEAD, strlen(ECHO_HEAD));
  memcpy(request_rest + rest_bytes - strlen(TAIL), TAIL, strlen(TAIL));
  ws_mask(request_rest, rest_bytes);
  return WS_HEAD_MAX + 2 + DIGITS_MAX + rest_bytes;
}

static size_t request(Player *player, uint8_t *to) {
  uint8_t digits[DIGITS_MAX];
  unsigned first = DIGITS_MAX;
  uint32_t number = ++player->request_number;
  do digits[--first] = (uint8_t)('0' + number % 10);
  while ((number /= 10) > 0);
  const size_t front = 2 + DIGITS_MAX - first;
  const size_t head = ws_head(to, WS_TEXT, front + rest_bytes);
  to[head] = '4';
  to[head + 1] = '2';
  memcpy(to + head + 2, digits + first, DIGITS_MAX - first);
  ws_mask(to + head, front);
  memcpy(to + head + front, request_rest, rest_bytes);
  return head + front + rest_bytes;
}

static size_t requests(Player *player, unsigned count, uint8_t *to) {
  size_t length = 0;
  while (count-- > 0) length += request(player, to + length);
  return length;
}

static size_t input(Player *player, uint8_t *to) {
  player->input_number++;
  const size_t head = ws_head(to, WS_TEXT, strlen(INPUT));
  memcpy(to + head, INPUT, strlen(INPUT));
  ws_mask(to + head, strlen(INPUT));
  return head + strlen(INPUT);
}

/* As its client does, which closes then. */
static bool leave(Player *player) {
  player_send(player, WS_TEXT, "41", 2);
  return false;
}

const Protocol SOCKETIO = {"socketio", NULL, seat, opened, message, prepare, requests, input, leave};
