/* open, join and leave. */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "commands.h"
#include "fail.h"
#include "histogram.h"

Player *players;
unsigned players_count;

static struct {
  unsigned port, at_once, count;
  JoinRequest *requests;
  uint8_t *bytes;
  Joiner *joiners;
  unsigned started, completed;
  bool done;
  Player *first; /* of those who come */
} batch;

static void read_requests(const char *arguments) {
  unsigned long bytes;
  if (sscanf(arguments, "%u %u %u %lu", &batch.port, &batch.at_once, &batch.count, &bytes) != 4)
    fail("not a command: %s", arguments);
  batch.bytes = input_bytes(bytes);
  batch.requests = calloc(batch.count + 1, sizeof *batch.requests);
  char *at = (char *)batch.bytes;
  for (unsigned number = 0; number < batch.count; number++) {
    char *text;
    const unsigned long length = strtoul(at, &text, 10);
    batch.requests[number] = (JoinRequest){text + 1, length};
    at = text + 1 + length;
  }
  if (batch.at_once > batch.count) batch.at_once = batch.count;
  batch.joiners = calloc(batch.at_once + 1, sizeof *batch.joiners);
  for (unsigned at_ = 0; at_ < batch.at_once; at_++) batch.joiners[at_].http.fd = -1;
  batch.started = batch.completed = 0;
  batch.done = batch.count == 0;
}

static void forget_requests(void) {
  for (unsigned at = 0; at < batch.at_once; at++) socket_close(&batch.joiners[at].http);
  free(batch.joiners);
  free(batch.requests);
  free(batch.bytes);
}

static void start_next(Joiner *joiner, Player *player) {
  if (batch.started == batch.count) return;
  joiner_start(joiner, (uint16_t)batch.port, &batch.requests[batch.started++], player);
}

static void complete(void) {
  if (++batch.completed == batch.count) batch.done = true;
}

static void opened(Player *player) {
  Joiner *const joiner = player->joiner;
  player->joiner = NULL;
  complete();
  if (batch.started < batch.count) start_next(joiner, &batch.first[batch.started]);
}

void command_open(const char *arguments) {
  read_requests(arguments);
  for (unsigned at = 0; at < players_count; at++)
    if (players[at].phase != NONE) fail("there are players already: leave comes first");
  free(players);
  players_count = batch.count;
  batch.first = players = calloc(players_count + 1, sizeof *players);
  for (unsigned at = 0; at < players_count; at++) players[at] = (Player){.socket = {.fd = -1}, .index = at};
  watcher.ready = opened;
  const uint64_t start_ns = now_ns();
  while (batch.started < batch.at_once) start_next(&batch.joiners[batch.started], &players[batch.started]);
  run_until(&batch.done, "players were coming");
  const double ms = (double)(now_ns() - start_ns) / 1e6;
  forget_requests();
  printf("{\"ms\":%.3f}\n", ms);
}

static Histogram joins;

static void joined(Player *player) {
  histogram_record(&joins, now_ns() - ((Joiner *)player->joiner)->started_ns);
  player_leave(player);
}

static void joined_and_left(Player *player) {
  complete();
  start_next(player->joiner, player);
}

void command_join(const char *arguments) {
  read_requests(arguments);
  Player *const comers = batch.first = calloc(batch.at_once + 1, sizeof *comers);
  histogram_clear(&joins);
  watcher.ready = joined;
  watcher.left = joined_and_left;
  usage_begin();
  for (unsigned at = 0; at < batch.at_once; at++) {
    comers[at] = (Player){.socket = {.fd = -1}, .index = at};
    start_next(&batch.joiners[at], &comers[at]);
  }
  run_until(&batch.done, "players were joining");
  const Usage usage = usage_end();
  forget_requests();
  free(comers);
  printf("{\"perSecond\":%.3f,\"p50Ms\":%.4f,\"p99Ms\":%.4f,\"generatorCpu\":%.4f}\n",
         (double)joins.count / usage.seconds, (double)histogram_quantile(&joins, 0.5) / 1e6,
         (double)histogram_quantile(&joins, 0.99) / 1e6, usage.cpu);
}

static unsigned leaving;
static bool all_left;

static void left(Player *player) {
  (void)player;
  all_left = --leaving == 0;
}

void command_leave(const char *arguments) {
  (void)arguments;
  watcher.left = left;
  leaving = 0;
  for (unsigned at = 0; at < players_count; at++) leaving += players[at].phase == READY;
  all_left = leaving == 0;
  for (unsigned at = 0; at < players_count; at++)
    if (players[at].phase == READY) player_leave(&players[at]);
  run_until(&all_left, "players were leaving");
  free(players);
  players = NULL;
  players_count = 0;
  printf("{}\n");
}
