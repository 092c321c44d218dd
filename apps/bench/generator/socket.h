#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Non-blocking TCP on one edge-triggered epoll. Edges, because with levels the kernel asks every socket that was read
 * once more whether there is something left; a read that came back short says that by itself.
 */

typedef struct Socket Socket;

typedef struct {
  void (*connected)(Socket *);
  /* Takes what it can and answers how much that was; the rest comes again with more behind it. */
  size_t (*received)(Socket *, uint8_t *bytes, size_t count);
  /* By the other side or an error; the socket is closed already. */
  void (*closed)(Socket *, const char *why);
} SocketHandler;

struct Socket {
  int fd; /* -1: none */
  bool connecting;
  uint32_t rest_count;
  uint32_t unsent_count;
  const SocketHandler *handler;
  uint8_t *rest;   /* received, not taken yet */
  uint8_t *unsent; /* what the kernel had no room for */
};

/* `client` chooses the source address: 20,000 to each, because a port is 28,000 connections from one at the most. */
void socket_connect(Socket *, const SocketHandler *, uint16_t port, unsigned client);
void socket_send(Socket *, const void *bytes, size_t count);
/* As between two who both talk, of every second read: for who only listens the kernel else answers each at once. */
void socket_acknowledge_rarely(const Socket *);
void socket_close(Socket *);

/* Raises the number of open files as far as it may be. */
void sockets_begin(void);
/* Waits at the most this long, -1: for ever, and handles what came. False: nothing did. */
bool sockets_turn(int wait_ms);

/* Rises when anything is received or connected: the sign that a server still lives. */
extern uint64_t sockets_progress;
