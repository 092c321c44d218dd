#pragma once
#include <stdbool.h>
#include <stdint.h>

/*
 * Commands wait here. With a core of its own the generator polls and never sleeps while it measures: who sends to a
 * process that sleeps pays for waking its core, up to a third of an echo on virtual machines, and no server pays that
 * for a client behind a network. Polls that found nothing do not count as CPU.
 */

extern bool has_own_core;

/* Handles sockets until `*done`; nothing at all for half a minute is an error that says `what` was waited for. */
void run_until(const bool *done, const char *what);
/* The same until a moment. */
void run_for(uint64_t until_ns, void (*every_turn)(uint64_t at_ns));

typedef struct {
  double seconds;
  double cpu; /* share of a core that the generator used, 0 to 1 */
} Usage;

void usage_begin(void);
Usage usage_end(void);
