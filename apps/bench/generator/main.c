/* generator <protocol> [core] */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "fail.h"
#include "protocol.h"

const Protocol *protocol;

static void choose_protocol(const char *name) {
  static const Protocol *const ALL[] = {&RAW, &WARREN, &COLYSEUS, &SOCKETIO};
  for (unsigned at = 0; at < sizeof ALL / sizeof *ALL; at++)
    if (strcmp(ALL[at]->name, name) == 0) protocol = ALL[at];
  if (!protocol) fail("not a protocol: %s", name);
}

static void stay_on(const char *core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET((unsigned)atoi(core), &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) fail("there is no core %s", core);
  has_own_core = true;
}

static void run(const char *line) {
  static const struct {
    const char *name;
    void (*run)(const char *arguments);
  } COMMANDS[] = {{"open", command_open}, {"join", command_join}, {"echo", command_echo}, {"play", command_play}, {"leave", command_leave}};
  const size_t length = strcspn(line, " ");
  for (unsigned at = 0; at < sizeof COMMANDS / sizeof *COMMANDS; at++) {
    if (strlen(COMMANDS[at].name) != length || memcmp(COMMANDS[at].name, line, length) != 0) continue;
    COMMANDS[at].run(line + length);
    watcher = watcher_idle;
    fflush(stdout);
    return;
  }
  fail("not a command: %s", line);
}

int main(int count, char **arguments) {
  choose_protocol(count > 1 ? arguments[1] : "");
  if (count > 2) stay_on(arguments[2]);
  sockets_begin();
  for (;;) run(input_line());
}
