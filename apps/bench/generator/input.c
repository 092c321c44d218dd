#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socket.h"

#define READ_BYTES 65536u

static uint8_t *held;
static size_t held_count, held_room, used;

void input_read(void) {
  if (held_count + READ_BYTES > held_room) {
    held_room = 2 * (held_count + READ_BYTES);
    held = realloc(held, held_room);
  }
  const ssize_t got = read(STDIN_FILENO, held + held_count, READ_BYTES);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) exit(0);
  if (got > 0) held_count += (size_t)got;
}

/* Forgets what was answered before. */
static void move_up(void) {
  held_count -= used;
  if (held_count > 0) memmove(held, held + used, held_count);
  used = 0;
}

const char *input_line(void) {
  move_up();
  for (;;) {
    uint8_t *const end = held_count > 0 ? memchr(held, '\n', held_count) : NULL;
    if (end) {
      *end = 0;
      used = (size_t)(end - held) + 1;
      return (const char *)held;
    }
    sockets_turn(-1);
  }
}

uint8_t *input_bytes(size_t count) {
  move_up();
  while (held_count < count) sockets_turn(-1);
  uint8_t *const bytes = malloc(count + 1);
  memcpy(bytes, held, count);
  used = count;
  return bytes;
}
