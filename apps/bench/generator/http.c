#define _GNU_SOURCE
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fail.h"

size_t http_head(const uint8_t *bytes, size_t count, HttpAnswer *answer) {
  const uint8_t *const end = memmem(bytes, count, "\r\n\r\n", 4);
  if (!end) return 0;
  if (count < 12 || memcmp(bytes, "HTTP/1.1 ", 9) != 0) fail("not HTTP/1.1: %.*s", (int)(count < 40 ? count : 40), (const char *)bytes);
  *answer = (HttpAnswer){.status = atoi((const char *)bytes + 9)};
  return (size_t)(end - bytes) + 4;
}

/* The value of a header; `length` -1: it is not there. */
static const char *header(const uint8_t *head, size_t count, const char *name, int *length) {
  const size_t name_length = strlen(name);
  const uint8_t *const end = head + count;
  for (const uint8_t *line = head; line < end;) {
    const uint8_t *const line_end = memmem(line, (size_t)(end - line), "\r\n", 2);
    if ((size_t)(line_end - line) > name_length && line[name_length] == ':' &&
        strncasecmp((const char *)line, name, name_length) == 0) {
      const char *value = (const char *)line + name_length + 1;
      while (*value == ' ') value++;
      *length = (int)((const char *)line_end - value);
      return value;
    }
    line = line_end + 2;
  }
  *length = -1;
  return NULL;
}

static bool header_is(const uint8_t *head, size_t count, const char *name, const char *wanted) {
  int length;
  const char *const value = header(head, count, name, &length);
  return length == (int)strlen(wanted) && strncasecmp(value, wanted, (size_t)length) == 0;
}

/* Bytes of the chunks with their marks; 0: not whole yet. */
static size_t join_chunks(uint8_t *body, size_t count, size_t *joined) {
  size_t at = 0;
  *joined = 0;
  for (;;) {
    const uint8_t *const line_end = memmem(body + at, count - at, "\r\n", 2);
    if (!line_end) return 0;
    const size_t length = strtoul((const char *)body + at, NULL, 16);
    at = (size_t)(line_end - body) + 2;
    if (count < at + length + 2) return 0;
    memmove(body + *joined, body + at, length);
    *joined += length;
    at += length + 2;
    if (length == 0) return at;
  }
}

size_t http_answer(uint8_t *bytes, size_t count, HttpAnswer *answer) {
  const size_t head = http_head(bytes, count, answer);
  if (head == 0) return 0;
  answer->closes = header_is(bytes, head, "connection", "close");
  answer->body = (const char *)bytes + head;
  if (header_is(bytes, head, "transfer-encoding", "chunked")) {
    /* Only once all of it is there: joining changes what a second try would read. */
    if (count < head + 5 || memcmp(bytes + count - 5, "0\r\n\r\n", 5) != 0) return 0;
    const size_t taken = join_chunks(bytes + head, count - head, &answer->body_length);
    return taken == 0 ? 0 : head + taken;
  }
  int length;
  const char *const value = header(bytes, head, "content-length", &length);
  answer->body_length = length < 0 ? 0 : (size_t)atol(value);
  return count < head + answer->body_length ? 0 : head + answer->body_length;
}

bool json_property(const HttpAnswer *answer, const char *name, char *to, size_t room) {
  char quoted[64];
  const int quoted_length = snprintf(quoted, sizeof quoted, "\"%s\"", name);
  const char *const end = answer->body + answer->body_length;
  const char *at = memmem(answer->body, answer->body_length, quoted, (size_t)quoted_length);
  if (!at) return false;
  at += quoted_length;
  while (at < end && (*at == ' ' || *at == ':')) at++;
  if (at >= end || *at++ != '"') return false;
  size_t length = 0;
  for (; at < end && *at != '"'; at++) {
    if (*at == '\\') at++; /* as in \/ */
    if (length + 1 >= room) return false;
    to[length++] = *at;
  }
  to[length] = 0;
  return at < end;
}
