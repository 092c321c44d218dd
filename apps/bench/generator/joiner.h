#pragma once
#include "player.h"

/*
 * Takes players to their seats, one after the other: HTTP request, WebSocket, first state. It has one HTTP connection
 * that it keeps, as pages and the proxies in front of servers do; so accepting HTTP connections is not measured.
 */

typedef struct {
  const char *bytes; /* a whole HTTP/1.1 request */
  size_t length;     /* 0: none, the socket alone */
} JoinRequest;

typedef struct Joiner {
  Socket http;
  bool answered_before; /* the connection has been of use, so its end only means a new one */
  bool waits;           /* for an answer */
  uint16_t port;
  const JoinRequest *request;
  Player *player;
  Seat seat;
  uint64_t started_ns;
} Joiner;

void joiner_start(Joiner *, uint16_t port, const JoinRequest *, Player *);
