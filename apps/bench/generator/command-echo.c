/* Every player keeps so many requests under way, each sent as soon as another is answered. */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "commands.h"
#include "fail.h"
#include "histogram.h"
#include "protocol.h"

static unsigned in_flight;
static size_t payload_bytes;
/* When they were sent: in_flight slots a player, of which `oldest` is the next to be answered. */
static uint64_t *sent_ns;
/* Room for in_flight requests. */
static uint8_t *frames;
static Histogram latencies;
static uint64_t replies;
static bool sends, all_answered;
static uint64_t unanswered;

static void reply(Player *player, size_t length) {
  if (length != payload_bytes) player_fail(player, "a reply of %zu bytes to %zu bytes", length, payload_bytes);
  if (player->under_way == 0) player_fail(player, "a reply to no request");
  player->under_way--;
}

/* As many as are missing, in one write. */
static void send_requests(Player *player) {
  const unsigned missing = in_flight - player->under_way;
  unanswered += missing;
  player->under_way = in_flight;
  socket_send(&player->socket, frames, protocol->requests(player, missing, frames));
}

static void drained(Player *player) {
  const unsigned answered = in_flight - player->under_way - player->idle;
  if (answered == 0) return;
  unanswered -= answered;
  const uint64_t at_ns = now_ns();
  uint64_t *const slots = &sent_ns[(size_t)player->index * in_flight];
  unsigned slot = player->oldest;
  for (unsigned count = 0; count < answered; count++) {
    histogram_record(&latencies, at_ns - slots[slot]);
    slots[slot] = at_ns;
    if (++slot == in_flight) slot = 0;
  }
  player->oldest = slot;
  replies += answered;
  if (sends) send_requests(player);
  else player->idle += answered;
  all_answered = unanswered == 0;
}

void command_echo(const char *arguments) {
  unsigned warm_up_ms, measure_ms;
  if (sscanf(arguments, "%u %zu %u %u", &in_flight, &payload_bytes, &warm_up_ms, &measure_ms) != 4 || in_flight == 0)
    fail("not a command: echo %s", arguments);
  if (players_count == 0) fail("nobody is there to send");
  sent_ns = calloc((size_t)players_count * in_flight, sizeof *sent_ns);
  frames = malloc(protocol->prepare(payload_bytes) * in_flight);
  watcher.reply = reply;
  watcher.drained = drained;
  sends = true;
  all_answered = false;
  unanswered = 0;
  for (unsigned at = 0; at < players_count; at++) {
    players[at].under_way = players[at].idle = players[at].oldest = 0;
    const uint64_t at_ns = now_ns();
    for (unsigned slot = 0; slot < in_flight; slot++) sent_ns[(size_t)at * in_flight + slot] = at_ns;
    send_requests(&players[at]);
  }
  run_for(now_ns() + warm_up_ms * 1000000ull, NULL);
  histogram_clear(&latencies);
  replies = 0;
  usage_begin();
  run_for(now_ns() + measure_ms * 1000000ull, NULL);
  const Usage usage = usage_end();
  const uint64_t counted = replies;
  const double p50_us = (double)histogram_quantile(&latencies, 0.5) / 1e3;
  const double p99_us = (double)histogram_quantile(&latencies, 0.99) / 1e3;
  sends = false;
  run_until(&all_answered, "the last replies were on their way");
  free(sent_ns);
  free(frames);
  sent_ns = NULL;
  printf("{\"perSecond\":%.3f,\"replies\":%llu,\"seconds\":%.6f,\"p50Us\":%.3f,\"p99Us\":%.3f,\"generatorCpu\":%.4f}\n",
         (double)counted / usage.seconds, (unsigned long long)counted, usage.seconds, p50_us, p99_us, usage.cpu);
}
