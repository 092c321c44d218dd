#pragma once
#include <stdint.h>

#include "fail.h"

/* Unsigned LEB128, as in docs/protocol.md and protobuf. */

#define VARINT_BYTES_MAX 10

static inline uint8_t *varint_write(uint8_t *to, uint64_t value) {
  for (; value > 0x7f; value >>= 7) *to++ = (uint8_t)(value | 0x80);
  *to++ = (uint8_t)value;
  return to;
}

static inline uint64_t varint_read(const uint8_t **at, const uint8_t *end) {
  uint64_t value = 0;
  for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
    const uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail("a varint is cut off");
}
