export { defineQueue, type QueueConfig, type QueueSource, type Step, stepAt } from "./queue-config.ts";
