#include "run.h"

#include "clock.h"
#include "fail.h"
#include "socket.h"

#define TURN_MS 100
#define STALL_NS 30000000000u
/* A poll that finds nothing takes less than 1 µs; one that took longer than this did not have the core. */
#define POLL_NS_MAX 20000u

bool has_own_core;
static uint64_t start_ns, start_cpu_ns, polled_ns;

/* Answers when it was over. */
static uint64_t turn(uint64_t at_ns, int wait_ms) {
  const bool found = sockets_turn(has_own_core ? 0 : wait_ms);
  const uint64_t end_ns = now_ns();
  if (has_own_core && !found && end_ns - at_ns < POLL_NS_MAX) polled_ns += end_ns - at_ns;
  return end_ns;
}

void run_until(const bool *done, const char *what) {
  uint64_t at_ns = now_ns(), progress = sockets_progress, since_ns = at_ns;
  while (!*done) {
    at_ns = turn(at_ns, TURN_MS);
    if (progress != sockets_progress) {
      progress = sockets_progress;
      since_ns = at_ns;
    } else if (at_ns - since_ns > STALL_NS) {
      fail("nothing came for 30 s while %s", what);
    }
  }
}

void run_for(uint64_t until_ns, void (*every_turn)(uint64_t at_ns)) {
  for (uint64_t at_ns = now_ns(); at_ns < until_ns;) {
    if (every_turn) every_turn(at_ns);
    const uint64_t left_ms = (until_ns - at_ns) / 1000000u + 1;
    at_ns = turn(at_ns, every_turn ? 1 : (int)(left_ms < TURN_MS ? left_ms : TURN_MS));
  }
}

void usage_begin(void) {
  polled_ns = 0;
  start_ns = now_ns();
  start_cpu_ns = cpu_ns();
}

Usage usage_end(void) {
  const double elapsed_ns = (double)(now_ns() - start_ns);
  const double used_ns = (double)(cpu_ns() - start_cpu_ns) - (double)polled_ns;
  return (Usage){elapsed_ns / 1e9, used_ns > 0 ? used_ns / elapsed_ns : 0};
}
