#pragma once

/* Answers {"error": …} and ends: what the sockets are in after an error is not worth going on with. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes text as the inside of a JSON string, cut where the room ends. */
void json_text(char *to, unsigned room, const char *text);
