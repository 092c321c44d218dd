export { Edge, ensureCaddy } from "./caddy.ts";
export { freePort } from "./free-port.ts";
export { Member } from "./member.ts";
export { Testbed, type TestbedOptions } from "./testbed.ts";
