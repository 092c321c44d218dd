#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* RFC 6455, client side, without extensions. */

enum { WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

/*
 * The masking key is four times this byte. Not 0, because some servers skip unmasking then, which no browser lets them;
 * and all four alike, because then a byte is masked the same wherever it stands, and a payload only once for all messages.
 */
#define WS_MASK 0x5au

#define WS_HEAD_MAX 14

typedef struct {
  uint8_t opcode;
  bool final;
  size_t head;
  size_t length;
} WsFrame;

/* Of a server's frame. False: not even its head is whole. */
static inline bool ws_read(const uint8_t *bytes, size_t count, WsFrame *frame) {
  if (count < 2) return false;
  frame->opcode = bytes[0] & 0x0f;
  frame->final = bytes[0] >> 7;
  const uint8_t length = bytes[1] & 0x7f;
  if (length < 126) {
    frame->head = 2;
    frame->length = length;
    return true;
  }
  const unsigned size = length == 126 ? 2 : 8;
  if (count < 2 + size) return false;
  frame->head = 2 + size;
  frame->length = 0;
  for (unsigned at = 0; at < size; at++) frame->length = frame->length << 8 | bytes[2 + at];
  return true;
}

/* The head of a masked frame; answers its length. */
static inline size_t ws_head(uint8_t *to, uint8_t opcode, size_t length) {
  size_t at = 2;
  to[0] = 0x80 | opcode;
  if (length < 126) {
    to[1] = (uint8_t)(0x80 | length);
  } else {
    const unsigned size = length < 65536 ? 2 : 8;
    to[1] = size == 2 ? 0x80 | 126 : 0x80 | 127;
    for (unsigned shift = 8 * size; shift > 0;) to[at++] = (uint8_t)(length >> (shift -= 8));
  }
  memset(to + at, WS_MASK, 4);
  return at + 4;
}

static inline void ws_mask(uint8_t *bytes, size_t length) {
  for (size_t at = 0; at < length; at++) bytes[at] ^= WS_MASK;
}
