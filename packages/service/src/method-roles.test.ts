import type { ServiceDefinition } from "@grpc/grpc-js";
import * as services from "@warren/protocol/services";
import { expect, it } from "vitest";
import { METHOD_ROLES } from "./method-roles.ts";

const isService = (value: unknown): value is ServiceDefinition =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((method: { path?: unknown }) => typeof method?.path === "string");

it("every method of every service of the contract says who may call it", () => {
  const paths = Object.entries(services)
    .filter(([name, value]) => name.endsWith("Service") && isService(value))
    .flatMap(([, service]) => Object.values(service as ServiceDefinition).map(({ path }) => path));
  // A check of nothing would pass as well.
  expect(paths.length).toBeGreaterThan(3);
  for (const path of paths) expect([path, METHOD_ROLES.get(path)?.length ?? 0]).not.toEqual([path, 0]);
});

it("only the health service is for everybody", () => {
  const open = [...METHOD_ROLES].filter(([, roles]) => roles.length > 1).map(([path]) => path);
  expect(open).toEqual(["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"]);
});
