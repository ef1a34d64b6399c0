// `npm run bench`: makes everything ready and runs the benchmark programs; see bench/main.ts.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureReady } from "./ensure.mjs";

await ensureReady();
const main = fileURLToPath(new URL("../dist/bench/main.js", import.meta.url));
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
