import { systemClock } from "@warren/kernel";
import { memoryCluster } from "../memory/index.ts";
import { presenceContract } from "./presence-contract.ts";

presenceContract("presence in memory", async () => memoryCluster(systemClock));
