// uWebSockets.js as it is installed here; before that the room-server's, which is the same version. So the server by
// hand runs where the other peers were not downloaded.
import { createRequire } from "node:module";

const FOLDERS = [import.meta.url, new URL("../../room-server/package.json", import.meta.url)];

/** Two processes may not share a port in silence. */
const EXCLUSIVE_PORT = 1;

const uWS = load();
export default uWS;

/** On a free port of this machine. */
export function listenOn(app, listening) {
  app.listen("127.0.0.1", 0, EXCLUSIVE_PORT, (socket) => {
    if (!socket) throw new Error("uWebSockets.js does not listen");
    listening(uWS.us_socket_local_port(socket));
  });
}

function load() {
  for (const folder of FOLDERS) {
    try {
      return createRequire(folder)("uWebSockets.js");
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Error("uWebSockets.js is not installed, neither with the peers nor with the room-server");
}
