#define _GNU_SOURCE
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"
#include "input.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

#define FILES_WANTED (1u << 20)
#define CLIENTS_PER_ADDRESS 20000u
#define EVENTS 512
#define READ_BYTES (256u << 10)
/* Of one message that came in parts. */
#define REST_BYTES_MAX (16u << 20)

uint64_t sockets_progress;
static int epoll;
/* One for all sockets; what is left of a read is put before the next one. */
static uint8_t buffer[REST_BYTES_MAX + READ_BYTES];

void sockets_begin(void) {
  struct rlimit files = {FILES_WANTED, FILES_WANTED};
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) {
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0) fail("standard input: %s", strerror(errno));
}

void socket_connect(Socket *socket_, const SocketHandler *handler, uint16_t port, unsigned client) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("no socket for client %u: %s (ulimit -Hn says how many there may be)", client, strerror(errno));
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  /* The cheapest there is: BBR, which some systems have as default, is a twentieth of a lockstep echo. */
  setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", strlen("reno"));
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (client >= CLIENTS_PER_ADDRESS) {
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + client / CLIENTS_PER_ADDRESS);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind: %s", strerror(errno));
  }
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
    fail("connecting to port %u: %s", port, strerror(errno));
  socket_->fd = fd;
  socket_->connecting = true;
  socket_->handler = handler;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = socket_}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll: %s", strerror(errno));
}

void socket_close(Socket *socket_) {
  if (socket_->fd < 0) return;
  close(socket_->fd);
  free(socket_->rest);
  free(socket_->unsent);
  socket_->rest = socket_->unsent = NULL;
  socket_->rest_count = socket_->unsent_count = 0;
  socket_->fd = -1;
}

static void lost(Socket *socket_, const char *why) {
  socket_close(socket_);
  socket_->handler->closed(socket_, why);
}

void socket_acknowledge_rarely(const Socket *socket_) {
  const int off = 0;
  setsockopt(socket_->fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
}

/* Keeps what the kernel does not take. An error shows in the next read. */
void socket_send(Socket *socket_, const void *bytes, size_t count) {
  size_t sent = 0;
  if (socket_->unsent_count == 0) {
    const ssize_t taken = send(socket_->fd, bytes, count, MSG_NOSIGNAL);
    if (taken > 0) sent = (size_t)taken;
    if (sent == count) return;
  }
  const size_t left = count - sent;
  socket_->unsent = realloc(socket_->unsent, socket_->unsent_count + left);
  memcpy(socket_->unsent + socket_->unsent_count, (const uint8_t *)bytes + sent, left);
  socket_->unsent_count += (uint32_t)left;
}

static void flush(Socket *socket_) {
  const ssize_t taken = send(socket_->fd, socket_->unsent, socket_->unsent_count, MSG_NOSIGNAL);
  if (taken <= 0) return;
  socket_->unsent_count -= (uint32_t)taken;
  memmove(socket_->unsent, socket_->unsent + taken, socket_->unsent_count);
  if (socket_->unsent_count > 0) return;
  free(socket_->unsent);
  socket_->unsent = NULL;
}

static void keep_rest(Socket *socket_, const uint8_t *bytes, size_t count) {
  if (count > REST_BYTES_MAX) fail("a message of more than %u bytes", REST_BYTES_MAX);
  free(socket_->rest);
  socket_->rest = NULL;
  socket_->rest_count = (uint32_t)count;
  if (count == 0) return;
  socket_->rest = malloc(count);
  memcpy(socket_->rest, bytes, count);
}

static void read_all(Socket *socket_) {
  for (;;) {
    const size_t before = socket_->rest_count;
    if (before > 0) memcpy(buffer, socket_->rest, before);
    const ssize_t got = recv(socket_->fd, buffer + before, READ_BYTES, 0);
    if (got == 0) return lost(socket_, "the other side ended the connection");
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      return lost(socket_, strerror(errno));
    }
    sockets_progress++;
    const int fd = socket_->fd;
    const size_t count = before + (size_t)got;
    const size_t taken = socket_->handler->received(socket_, buffer, count);
    if (socket_->fd != fd) return; /* closed, or another connection by now */
    if (taken < count || before > 0) keep_rest(socket_, buffer + taken, count - taken);
    if ((size_t)got < READ_BYTES) return;
  }
}

static void handle(Socket *socket_, uint32_t events) {
  if (socket_->fd < 0) return;
  if (socket_->connecting) {
    if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) return;
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return lost(socket_, strerror(error));
    socket_->connecting = false;
    sockets_progress++;
    socket_->handler->connected(socket_);
    return;
  }
  if (socket_->unsent_count > 0 && (events & EPOLLOUT)) flush(socket_);
  if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP))) return;
  read_all(socket_);
  /* An end that came with the last bytes has no edge of its own. */
  if (socket_->fd >= 0 && !socket_->connecting && (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP))) read_all(socket_);
}

bool sockets_turn(int wait_ms) {
  struct epoll_event events[EVENTS];
  const int count = epoll_wait(epoll, events, EVENTS, wait_ms);
  for (int at = 0; at < count; at++) {
    if (events[at].data.ptr == NULL) input_read();
    else handle(events[at].data.ptr, events[at].events);
  }
  return count > 0;
}
