#pragma once
#include "input.h"
#include "joiner.h"
#include "run.h"

/*
 * Each is a line on standard input, and answers with one line of JSON:
 *
 *   open <port> <atOnce> <count> <bytes>    then the requests, each as <length>\n and its bytes
 *   join <port> <atOnce> <count> <bytes>    the same
 *   echo <inFlight> <payloadBytes> <warmUpMs> <measureMs>
 *   play <inputHz> <warmUpMs> <measureMs>
 *   leave
 */

void command_open(const char *arguments);
void command_join(const char *arguments);
void command_echo(const char *arguments);
void command_play(const char *arguments);
void command_leave(const char *arguments);

/* Everyone who plays, in one array that only `open` makes larger. */
extern Player *players;
extern unsigned players_count;
