// `npm run demo`: makes everything ready, then runs the demo jobs on a system of its own.
//   npm run demo             for people
//   npm run demo -- --json   one JSON document on standard output
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureReady } from "./ensure.mjs";

await ensureReady({ dev: true, ownNats: !process.env.NATS_URL });
const main = fileURLToPath(new URL("../dist/examples/demo/main.js", import.meta.url));
// A group of its own: the demo hears each signal once, from here, whether a terminal sent it to all
// or somebody to this process alone. By the channel it notices when this process is gone.
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  detached: true,
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
});
