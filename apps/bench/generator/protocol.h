#pragma once
#include "http.h"
#include "player.h"

/* What a protocol adds to WebSockets. */
typedef struct {
  const char *name;
  /* Offered with the upgrade; NULL: none. */
  const char *subprotocol;
  /* Completes a seat whose port is that of HTTP. `answer` NULL: without a request. False: the answer is no seat. */
  bool (*seat)(const HttpAnswer *answer, Seat *);
  /* The socket is one: says who it is. */
  void (*opened)(Player *);
  /* Calls player_ready, watcher.reply and watcher.state. */
  void (*message)(Player *, uint8_t opcode, uint8_t *payload, size_t length);
  /* Requests have so many bytes of payload from now on; answers the bytes of one with frame head at the most. */
  size_t (*prepare)(size_t payload_bytes);
  /* Writes requests as its client sends those of one turn, as whole masked WebSocket frames, and answers their length. */
  size_t (*requests)(Player *, unsigned count, uint8_t *to);
  /* Writes an input of a player as one such frame and answers its length, at most INPUT_BYTES_MAX. */
  size_t (*input)(Player *, uint8_t *to);
  /* Gives the seat back; true: the server then closes. NULL: closing is enough. */
  bool (*leave)(Player *);
} Protocol;

#define INPUT_BYTES_MAX 128

extern const Protocol *protocol;
extern const Protocol RAW, WARREN, COLYSEUS, SOCKETIO;
