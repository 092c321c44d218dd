#pragma once
#include <stddef.h>
#include <stdint.h>

/* Standard input: command lines, and bytes that belong to them. When it ends, so does this process. */

/* Reads what is there; called when there is something. */
void input_read(void);
/* The next line without its end, once it is there as a whole. The sockets go on meanwhile. Good until the next call. */
const char *input_line(void);
/* The next so many bytes; for the caller to free. */
uint8_t *input_bytes(size_t count);
