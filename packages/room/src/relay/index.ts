// An entry of its own: it needs the services' protobuf code, which a page that imports a room definition cannot load.
export { Relay, type RelayMetrics } from "./relay.ts";
