/**
 * Tells systemd how the service fares, where it asked for it. Node cannot write to its kind of
 * socket, so systemd's own small program does. Where there is no systemd this does nothing.
 */
import { spawn } from "node:child_process";
import type { Clock } from "./clock.ts";

/** As assignments: the flags for them are not in systemd 252. */
type Word = "READY=1" | "STOPPING=1" | "WATCHDOG=1";

export function notifySystemd(
  word: Word,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  if (!environment["NOTIFY_SOCKET"]) return;
  const child = spawn("systemd-notify", [word], { stdio: "ignore", env: environment });
  // Without the program systemd waits for its own time limit and says so in its journal.
  child.on("error", () => undefined);
}

/**
 * Says that this process lives, twice in the time that systemd waits for it. It is said by the event
 * loop, so that a loop which hangs falls silent; it has nothing to do with the bus, whose absence a
 * new start would not mend. Returns a function that ends it.
 */
export function beatWatchdog(
  clock: Clock,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): () => void {
  const micros = Number(environment["WATCHDOG_USEC"]);
  const pid = environment["WATCHDOG_PID"];
  const isOurs = pid === undefined || pid === "" || Number(pid) === process.pid;
  if (!(micros > 0) || !isOurs) return () => undefined;
  return clock.every(micros / 2_000, () => notifySystemd("WATCHDOG=1", environment));
}
