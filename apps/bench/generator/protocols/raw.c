/* No protocol: what is sent comes back, and what comes by itself is a state. */
#include <stdlib.h>

#include "../protocol.h"
#include "../websocket.h"

static uint8_t *request_frame;
static size_t request_bytes;

/* The answer may have a token, which then is the first message; a first state follows. */
static bool seat(const HttpAnswer *answer, Seat *seat_) {
  strcpy(seat_->path, "/");
  seat_->token[0] = 0;
  return !answer || json_property(answer, "token", seat_->token, sizeof seat_->token);
}

static void opened(Player *player) {
  if (player->seat->token[0] == 0) return player_ready(player);
  player_send(player, WS_BINARY, player->seat->token, strlen(player->seat->token));
}

static void message(Player *player, uint8_t opcode, uint8_t *payload, size_t length) {
  (void)opcode;
  (void)payload;
  if (player->phase != READY) player_ready(player);
  else if (player->under_way > 0) watcher.reply(player, length);
  else watcher.state(player);
}

static size_t prepare(size_t payload_bytes) {
  request_frame = realloc(request_frame, WS_HEAD_MAX + payload_bytes);
  const size_t head = ws_head(request_frame, WS_BINARY, payload_bytes);
  memset(request_frame + head, '*' ^ WS_MASK, payload_bytes);
  return request_bytes = head + payload_bytes;
}

static size_t requests(Player *player, unsigned count, uint8_t *to) {
  (void)player;
  for (unsigned at = 0; at < count; at++) memcpy(to + at * request_bytes, request_frame, request_bytes);
  return count * request_bytes;
}

static size_t input(Player *player, uint8_t *to) {
  const uint32_t number = ++player->input_number;
  const size_t head = ws_head(to, WS_BINARY, sizeof number + 3);
  memcpy(to + head, &number, sizeof number);
  memset(to + head + sizeof number, 1, 3);
  ws_mask(to + head, sizeof number + 3);
  return head + sizeof number + 3;
}

const Protocol RAW = {"raw", NULL, seat, opened, message, prepare, requests, input, NULL};
