/**
 * Tells systemd how the service fares, where it asked for it. Node cannot write to its kind of
 * socket, so systemd's own small program does. Where there is no systemd this does nothing.
 */
import { spawn } from "node:child_process";

export function notifySystemd(message: "--ready" | "--stopping"): void {
  if (!process.env["NOTIFY_SOCKET"]) return;
  const child = spawn("systemd-notify", [message], { stdio: "ignore" });
  // Without the program systemd waits for its own time limit and says so in its journal.
  child.on("error", () => undefined);
}
