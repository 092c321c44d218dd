#include "player.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "http.h"
#include "protocol.h"
#include "websocket.h"

/* A close frame's and a pong's payload. */
#define CONTROL_BYTES_MAX 125
#define NORMAL_CLOSURE 1000

static void nothing(Player *player) { (void)player; }
static void no_reply(Player *player, size_t length) {
  (void)length;
  player_fail(player, "a reply to no request");
}
const Watcher watcher_idle = {nothing, no_reply, nothing, nothing, nothing};
Watcher watcher = {nothing, no_reply, nothing, nothing, nothing};
uint64_t players_bytes;

void player_fail(const Player *player, const char *format, ...) {
  char text[900];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  fail("client %u: %s", player->index, text);
}

void player_ready(Player *player) {
  if (player->phase != GREETING) return;
  player->phase = READY;
  player->seat = NULL;
  watcher.ready(player);
}

static void connected(Socket *socket) {
  const Player *const player = (Player *)socket;
  char request[2048];
  const int length = snprintf(request, sizeof request,
                              "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                              player->seat->path, player->seat->port,
                              protocol->subprotocol ? "Sec-WebSocket-Protocol: " : "",
                              protocol->subprotocol ? protocol->subprotocol : "", protocol->subprotocol ? "\r\n" : "");
  socket_send(socket, request, (size_t)length);
}

/* Small frames of which there are few. */
void player_send(Player *player, uint8_t opcode, const void *payload, size_t length) {
  uint8_t frame[WS_HEAD_MAX + 8192];
  if (length > sizeof frame - WS_HEAD_MAX) player_fail(player, "%zu bytes to send", length);
  const size_t head = ws_head(frame, opcode, length);
  memcpy(frame + head, payload, length);
  ws_mask(frame + head, length);
  socket_send(&player->socket, frame, head + length);
}

static void send_close(Player *player) {
  if (player->close_sent) return;
  player->close_sent = true;
  const uint8_t code[] = {NORMAL_CLOSURE >> 8, NORMAL_CLOSURE & 0xff};
  player_send(player, WS_CLOSE, code, sizeof code);
}

void player_leave(Player *player) {
  const bool server_closes = protocol->leave && protocol->leave(player);
  player->phase = LEAVING;
  if (!server_closes) send_close(player);
}

static void close_received(Player *player, const uint8_t *payload, size_t length) {
  if (player->phase == LEAVING) return send_close(player);
  if (length < 2) player_fail(player, "the server closed the socket without a code");
  player_fail(player, "the server closed the socket: %u %.*s", payload[0] << 8 | payload[1], (int)length - 2,
              (const char *)payload + 2);
}

static void control(Player *player, const WsFrame *frame, const uint8_t *payload) {
  if (frame->length > CONTROL_BYTES_MAX) player_fail(player, "a control frame of %zu bytes", frame->length);
  if (frame->opcode == WS_PING) player_send(player, WS_PONG, payload, frame->length);
  else if (frame->opcode == WS_CLOSE) close_received(player, payload, frame->length);
  else if (frame->opcode != WS_PONG) player_fail(player, "a frame of opcode %u", frame->opcode);
}

static size_t upgraded(Player *player, const uint8_t *bytes, size_t count) {
  HttpAnswer answer;
  const size_t head = http_head(bytes, count, &answer);
  if (head == 0) return 0;
  if (answer.status != 101)
    player_fail(player, "no WebSocket but %.*s", (int)(count < 600 ? count : 600), (const char *)bytes);
  player->phase = GREETING;
  protocol->opened(player);
  return head;
}

static size_t received(Socket *socket, uint8_t *bytes, size_t count) {
  Player *const player = (Player *)socket;
  size_t at = 0;
  if (player->phase == UPGRADING && (at = upgraded(player, bytes, count)) == 0) return 0;
  WsFrame frame;
  while (ws_read(bytes + at, count - at, &frame)) {
    const size_t whole = frame.head + frame.length;
    if (count - at < whole) break;
    uint8_t *const payload = bytes + at + frame.head;
    at += whole;
    if (frame.opcode == WS_BINARY || frame.opcode == WS_TEXT) {
      if (!frame.final) player_fail(player, "a message in several frames");
      players_bytes += whole;
      if (player->phase != LEAVING) protocol->message(player, frame.opcode, payload, frame.length);
    } else {
      control(player, &frame, payload);
    }
  }
  watcher.drained(player);
  return at;
}

static void closed(Socket *socket, const char *why) {
  Player *const player = (Player *)socket;
  if (player->phase != LEAVING) player_fail(player, "the socket was lost: %s", why);
  player->phase = NONE;
  watcher.left(player);
}

static const SocketHandler HANDLER = {connected, received, closed};

void player_open(Player *player, const Seat *seat) {
  const unsigned index = player->index;
  void *const joiner = player->joiner;
  *player = (Player){.phase = UPGRADING, .index = index, .joiner = joiner, .seat = seat};
  socket_connect(&player->socket, &HANDLER, seat->port, index);
}
