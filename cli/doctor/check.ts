/** What a check of `rtl doctor` is: a question about this machine or its system, and an answer. */

/** `fail`: rtl does not work so. `warn`: it works, but less well. `none`: the question does not arise here. */
export type Verdict = "ok" | "warn" | "fail" | "none";

export interface Finding {
  readonly verdict: Verdict;
  /** What was found, as a sentence without a point. */
  readonly found: string;
  /** A command, or what to change, that makes it right. */
  readonly fix?: string;
}

export interface Check {
  readonly name: string;
  look(): Finding | Promise<Finding>;
}

/** Whether a nats-server of this version lacks what rtl needs. */
export function isOldNats(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 2 || (major === 2 && minor < 9);
}

export const ok = (found: string): Finding => ({ verdict: "ok", found });
export const none = (found: string): Finding => ({ verdict: "none", found });
export const warn = (found: string, fix: string): Finding => ({ verdict: "warn", found, fix });
export const fail = (found: string, fix: string): Finding => ({ verdict: "fail", found, fix });
