#include "clock.h"
#include "commands.h"
#include "fail.h"

#define TURN_MS 100
#define STALL_NS 30000000000u

void run_until(const bool *done, const char *what) {
  uint64_t progress = sockets_progress, since_ns = now_ns();
  while (!*done) {
    sockets_turn(TURN_MS);
    const uint64_t at_ns = now_ns();
    if (progress != sockets_progress) {
      progress = sockets_progress;
      since_ns = at_ns;
    } else if (at_ns - since_ns > STALL_NS) {
      fail("nothing came for 30 s while %s", what);
    }
  }
}

void run_for(uint64_t until_ns, void (*every_turn)(uint64_t at_ns)) {
  for (uint64_t at_ns = now_ns(); at_ns < until_ns; at_ns = now_ns()) {
    if (every_turn) every_turn(at_ns);
    const uint64_t left_ms = (until_ns - at_ns) / 1000000u + 1;
    sockets_turn(every_turn ? 1 : (int)(left_ms < TURN_MS ? left_ms : TURN_MS));
  }
}
