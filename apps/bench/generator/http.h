#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As much of HTTP/1.1 as an answer to one of our requests is made of. */

typedef struct {
  int status;
  bool closes; /* the server takes no more requests on this connection */
  const char *body;
  size_t body_length;
} HttpAnswer;

/* How many bytes the answer at the beginning has; 0: it is not whole yet. A chunked body is put together in place. */
size_t http_answer(uint8_t *bytes, size_t count, HttpAnswer *);
/* The same of its head alone, as of one that leads to a WebSocket. */
size_t http_head(const uint8_t *bytes, size_t count, HttpAnswer *);

/*
 * The text of a property of a JSON object, wherever in it the name first stands: enough for answers whose texts are
 * ids, tokens and URLs. False when it is not there or does not fit.
 */
bool json_property(const HttpAnswer *, const char *name, char *to, size_t room);
