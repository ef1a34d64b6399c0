/** Services under systemd: what they tell it, through its own program, to a socket of its kind. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { startSystem } from "../support/system.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Node cannot listen on such a socket; Python can. */
const listener = `
import socket, sys
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(end.recv(4096).decode().replace("\\n", " "), flush=True)
`;

async function notifySocket(t: TestContext) {
  const path = join(tempFolder(t), "notify");
  const child = spawn("python3", ["-c", listener, path], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
  const heard: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => heard.push(line.trim()));
  await waitUntil(() => heard[0] === "bound", "the socket does not listen");
  return { path, count: (word: string) => heard.filter((line) => line.includes(word)).length };
}

test("a service says that it is ready, goes on saying that it lives, and says that it stops", async (t) => {
  const { path, count } = await notifySocket(t);
  const system = await startSystem(t, { relays: 0, nodes: [] });
  const relay = await system.startRelay({ NOTIFY_SOCKET: path, WATCHDOG_USEC: "200000" });
  await waitUntil(() => count("READY=1") === 1, "it was never ready");
  await waitUntil(() => count("WATCHDOG=1") >= 3, "it does not say that it lives");
  assert.equal(count("STOPPING=1"), 0);
  assert.equal(await relay.kill("SIGTERM"), 0);
  await waitUntil(() => count("STOPPING=1") === 1, "it did not say that it stops");
});

test("nothing is said where the watchdog is another process's, or none is wanted", async (t) => {
  const { path, count } = await notifySocket(t);
  const system = await startSystem(t, { relays: 0, nodes: [] });
  const others = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "20000", WATCHDOG_PID: "1" };
  const relay = await system.startRelay(others);
  await waitUntil(() => count("READY=1") === 1, "it was never ready");
  assert.equal(await relay.kill("SIGTERM"), 0);
  await waitUntil(() => count("STOPPING=1") === 1, "it did not say that it stops");
  assert.equal(count("WATCHDOG=1"), 0);
});
