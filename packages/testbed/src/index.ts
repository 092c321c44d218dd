export { Edge, ensureCaddy } from "./caddy.ts";
export { freePort } from "./free-port.ts";
export { Member, type MemberOptions } from "./member.ts";
export { NatsMember, natsServerVersion } from "./nats-member.ts";
export { Testbed, type TestbedOptions } from "./testbed.ts";
