#pragma once
#include "socket.h"

/*
 * One WebSocket to a server:
 *
 *   NONE ─player_open─▶ UPGRADING ─101─▶ GREETING ─first state─▶ READY ─player_leave─▶ LEAVING ─end of the connection─▶ NONE
 *
 * Every other end of the connection is an error, and the end of the command.
 */

typedef struct {
  uint16_t port;
  char path[1024];
  char token[4096];
} Seat;

typedef struct {
  Socket socket; /* first, so that a Socket is a Player */
  enum { NONE, UPGRADING, GREETING, READY, LEAVING } phase;
  bool close_sent;
  unsigned index;
  const Seat *seat; /* until READY */
  void *joiner;     /* who opened it */
  /* What the protocol has to remember. */
  uint32_t generation;
  uint32_t event_seq;
  uint32_t request_number; /* of the last request sent */
  uint32_t reply_number;   /* of the last reply received */
  uint32_t input_number;
  /* What the command has to remember. */
  uint32_t under_way; /* requests */
  uint32_t idle;      /* requests that were not followed by others */
  uint32_t oldest;
  uint64_t state_ns;
} Player;

/* What the command in progress wants to know. */
typedef struct {
  void (*ready)(Player *);
  void (*reply)(Player *, size_t payload_length);
  void (*state)(Player *);
  /* All that was read at once has been handled. */
  void (*drained)(Player *);
  void (*left)(Player *);
} Watcher;

extern Watcher watcher;
/* Watches nothing. */
extern const Watcher watcher_idle;

/* WebSocket frames received with data, heads included. */
extern uint64_t players_bytes;

void player_open(Player *, const Seat *);
/* For protocols: it has all that it needs to play. Once. */
void player_ready(Player *);
/* One message, not masked yet. */
void player_send(Player *, uint8_t opcode, const void *payload, size_t length);
/* Gives the seat back and closes. */
void player_leave(Player *);
/* Ends the command. */
_Noreturn void player_fail(const Player *, const char *format, ...) __attribute__((format(printf, 2, 3)));
