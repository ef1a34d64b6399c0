/**
 * Waits for a condition that another process brings about and that cannot be listened to. It is no
 * sleep: it ends as soon as the condition holds, and fails with a reason when it never does.
 */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

const LOOK_MS = 5;

export async function waitUntil(
  holds: () => boolean | Promise<boolean>,
  otherwise: string,
  withinMs = 20_000,
): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > until) assert.fail(otherwise);
    await pause(LOOK_MS);
  }
}
