/**
 * The identity of a job document: two documents that mean the same have the same text and digest,
 * whatever their form, so that a repeated submit is recognised and another document under the same
 * id is refused.
 */
import { createHash } from "node:crypto";
import type { JobSpec } from "./job-spec.ts";

/** JSON with sorted keys and no blanks. The order of stages, tasks and lists is kept: it counts. */
export function specText(spec: JobSpec): string {
  return canonical(spec);
}

/** SHA-256 of the canonical text, as 64 hexadecimal digits. */
export function specDigest(spec: JobSpec): string {
  return createHash("sha256").update(specText(spec), "utf8").digest("hex");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`);
  return `{${entries.join(",")}}`;
}
