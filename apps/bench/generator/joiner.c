#include "joiner.h"

#include <string.h>

#include "clock.h"
#include "fail.h"
#include "http.h"
#include "protocol.h"

static void seated(Joiner *joiner, const HttpAnswer *answer) {
  joiner->seat.port = joiner->port;
  if (!protocol->seat(answer, &joiner->seat)) {
    if (!answer) player_fail(joiner->player, "%s needs a request that leads to a seat", protocol->name);
    player_fail(joiner->player, "the answer is no seat: HTTP %d %.*s", answer->status,
                (int)(answer->body_length < 600 ? answer->body_length : 600), answer->body);
  }
  player_open(joiner->player, &joiner->seat);
}

static void connected(Socket *http) {
  const Joiner *const joiner = (Joiner *)http;
  socket_send(http, joiner->request->bytes, joiner->request->length);
}

static size_t received(Socket *http, uint8_t *bytes, size_t count) {
  Joiner *const joiner = (Joiner *)http;
  HttpAnswer answer;
  const size_t taken = http_answer(bytes, count, &answer);
  if (taken == 0) return 0;
  if (!joiner->waits) player_fail(joiner->player, "an answer to no request: HTTP %d", answer.status);
  joiner->waits = false;
  joiner->answered_before = true;
  if (answer.closes) socket_close(http);
  seated(joiner, &answer);
  return taken;
}

static void ended(Socket *http, const char *why);
static const SocketHandler HANDLER = {connected, received, ended};

static void ended(Socket *http, const char *why) {
  Joiner *const joiner = (Joiner *)http;
  if (!joiner->waits) return;
  if (!joiner->answered_before) player_fail(joiner->player, "the HTTP connection was lost: %s", why);
  joiner->answered_before = false;
  socket_connect(http, &HANDLER, joiner->port, 0);
}

void joiner_start(Joiner *joiner, uint16_t port, const JoinRequest *request, Player *player) {
  joiner->started_ns = now_ns();
  joiner->port = port;
  joiner->request = request;
  joiner->player = player;
  player->joiner = joiner;
  if (request->length == 0) return seated(joiner, NULL);
  joiner->waits = true;
  if (joiner->http.fd >= 0) return connected(&joiner->http);
  joiner->answered_before = false;
  socket_connect(&joiner->http, &HANDLER, port, 0);
}
