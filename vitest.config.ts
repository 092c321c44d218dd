import { defineConfig } from "vitest/config";

const shared = {
  resolve: { conditions: ["@warren/source"] },
  ssr: { resolve: { conditions: ["@warren/source"] } },
};

// unit: pure and instant · int: real NATS, gRPC, sockets · sim: seeded simulation (SEED=… replays) · e2e: Chromium, processes
const project = (name: string, include: string[], extra: object = {}) => ({
  ...shared,
  test: {
    name,
    include,
    exclude: ["**/node_modules/**", "**/dist/**"],
    pool: "forks" as const,
    // A busy machine is slow, not wrong.
    expect: { poll: { timeout: 10_000 } },
    ...extra,
  },
});

export default defineConfig({
  test: {
    // Most of the time they wait for real parts, not for a processor.
    maxWorkers: 3,
    projects: [
      project("unit", [
        "{apps,packages}/*/{src,test}/**/!(*.int|*.sim|*.e2e).test.ts",
        "test/**/!(*.int|*.sim|*.e2e).test.ts",
      ]),
      project("int", ["{apps,packages}/*/{src,test}/**/*.int.test.ts"], {
        testTimeout: 40_000,
        hookTimeout: 60_000,
      }),
      project("sim", ["{apps,packages}/*/src/**/*.sim.test.ts"], { testTimeout: 90_000 }),
      project("e2e", ["{apps,packages}/*/{src,test}/**/*.e2e.test.ts", "test/**/*.e2e.test.ts"], {
        testTimeout: 60_000,
        hookTimeout: 90_000,
        fileParallelism: false,
      }),
    ],
  },
});
