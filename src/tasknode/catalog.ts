/**
 * What a node offers, and the pool that follows from it: nodes with the same tasks and the same labels
 * are interchangeable, so they share one name under which work is dealt.
 */
import { createHash } from "node:crypto";
import type { TaskDescription as WireDescription } from "../protocol/messages.ts";
import type { TaskDescription } from "../task/library.ts";

export interface Catalog {
  readonly tasks: WireDescription[];
  /** Changes whenever a description changes. */
  readonly digest: string;
  readonly pool: string;
  offers(task: string): boolean;
}

const DIGEST_LETTERS = 20;

export function createCatalog(
  tasks: readonly TaskDescription[],
  labels: Readonly<Record<string, string>>,
): Catalog {
  const digest = digestOf(tasks);
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = new Set(tasks.map(({ name }) => name));
  return {
    // Descriptions are plain data, the same on both sides; only their readonly marks differ.
    tasks: tasks as unknown as WireDescription[],
    digest,
    pool: sorted.length === 0 ? digest : digestOf([digest, sorted]),
    offers: (task) => names.has(task),
  };
}

const digestOf = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, DIGEST_LETTERS);
