/* Everyone reads states and sends inputs at a rate, one player after the other. */
#include <stdio.h>

#include "clock.h"
#include "commands.h"
#include "fail.h"
#include "histogram.h"
#include "protocol.h"

static Histogram gaps;
static uint64_t states, inputs, next_input_ns, input_gap_ns;
static unsigned next_player;

static void state(Player *player) {
  const uint64_t at_ns = now_ns();
  states++;
  if (player->state_ns > 0) histogram_record(&gaps, at_ns - player->state_ns);
  player->state_ns = at_ns;
}

static void send_inputs(uint64_t at_ns) {
  uint8_t frame[INPUT_BYTES_MAX];
  for (; next_input_ns <= at_ns; next_input_ns += input_gap_ns, inputs++) {
    Player *const player = &players[next_player];
    if (++next_player == players_count) next_player = 0;
    socket_send(&player->socket, frame, protocol->input(player, frame));
  }
}

void command_play(const char *arguments) {
  double input_hz;
  unsigned warm_up_ms, measure_ms;
  if (sscanf(arguments, "%lf %u %u", &input_hz, &warm_up_ms, &measure_ms) != 3)
    fail("not a command: play %s", arguments);
  if (players_count == 0) fail("nobody is there to play");
  watcher.state = state;
  void (*const every_turn)(uint64_t) = input_hz > 0 ? send_inputs : NULL;
  if (every_turn) input_gap_ns = (uint64_t)(1e9 / input_hz / players_count);
  next_player = 0;
  next_input_ns = now_ns();
  for (unsigned at = 0; at < players_count; at++) {
    players[at].state_ns = 0;
    socket_acknowledge_rarely(&players[at].socket);
  }
  run_for(now_ns() + warm_up_ms * 1000000ull, every_turn);
  histogram_clear(&gaps);
  states = inputs = players_bytes = 0;
  usage_begin();
  run_for(now_ns() + measure_ms * 1000000ull, every_turn);
  const Usage usage = usage_end();
  printf("{\"states\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"gapP50Ms\":%.4f,\"gapP99Ms\":%.4f,\"gapMaxMs\":%.4f,"
         "\"inputs\":%llu,\"generatorCpu\":%.4f}\n",
         (unsigned long long)states, (unsigned long long)players_bytes, usage.seconds,
         (double)histogram_quantile(&gaps, 0.5) / 1e6, (double)histogram_quantile(&gaps, 0.99) / 1e6,
         (double)gaps.max / 1e6, (unsigned long long)inputs, usage.cpu);
}
