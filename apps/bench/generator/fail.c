#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void json_text(char *to, unsigned room, const char *text) {
  char *const end = to + room - 7;
  for (; *text && to < end; text++) {
    const unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      *to++ = '\\';
      *to++ = (char)c;
    } else if (c < 0x20) {
      to += sprintf(to, "\\u%04x", c);
    } else {
      *to++ = (char)c;
    }
  }
  *to = 0;
}

void fail(const char *format, ...) {
  char text[1024], json[2048];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  json_text(json, sizeof json, text);
  printf("{\"error\":\"%s\"}\n", json);
  fflush(stdout);
  exit(1);
}
