/**
 * Loaded into services before anything else, through NODE_OPTIONS: a signal makes the process exit
 * with code 0 as if it had chosen to, and the machine looks as small as the smallest one that rtl
 * runs on, so that a thread that runs out of memory does not take the test's machine along.
 */

import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { isMainThread } from "node:worker_threads";

const MEBIBYTE = 1024 * 1024;
os.totalmem = () => 512 * MEBIBYTE;
syncBuiltinESMExports();
if (isMainThread) process.on("SIGUSR2", () => process.exit(0));
