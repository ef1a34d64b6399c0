// `npm run demo`: makes everything ready, then runs the demo jobs on a system of its own.
//   npm run demo             for people
//   npm run demo -- --json   one JSON document on standard output
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureReady } from "./ensure.mjs";

await ensureReady({ dev: true, ownNats: !process.env.NATS_URL });
const main = fileURLToPath(new URL("../dist/examples/demo/main.js", import.meta.url));
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: "inherit" });
// A terminal sends Ctrl-C to both; the demo stops its services, and this process waits for it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
}
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
});
