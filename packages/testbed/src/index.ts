export { Member } from "./member.ts";
export { Testbed, type TestbedOptions } from "./testbed.ts";
