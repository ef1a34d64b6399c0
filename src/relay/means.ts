/**
 * How long pieces of work take, by what they do: the same tasks with the same parameters in whatever job.
 * What is known of one job is what to expect of the next, and of a chunk twice as large twice as much.
 */
import type { Stage } from "../flow/plan.ts";

interface Mean {
  readonly ms: number;
  /** Rows or bytes of a piece; 0 where pieces are not cut by the relay. */
  readonly units: number;
}

/** What is remembered of; the rest is measured anew. */
const meansMax = 1_000;
const keyCharsMax = 4_096;

export class Means {
  /** Insertion order is order of use. */
  readonly #means = new Map<string, Mean>();
  readonly #keys = new WeakMap<Stage, string>();

  learn(stage: Stage, mean: Mean): void {
    const key = this.#keyOf(stage);
    if (key === "") return;
    this.#means.delete(key);
    this.#means.set(key, mean);
    const [oldest] = this.#means.keys();
    if (this.#means.size > meansMax && oldest !== undefined) this.#means.delete(oldest);
  }

  /** Milliseconds of one piece, however large. */
  of(stage: Stage): number | undefined {
    return this.#means.get(this.#keyOf(stage))?.ms;
  }

  /** Milliseconds of one piece of so many units; undefined where that cannot be told. */
  ofUnits(stage: Stage, units: number): number | undefined {
    const known = this.#means.get(this.#keyOf(stage));
    if (known === undefined || known.units === 0 || units === 0) return undefined;
    return (known.ms * units) / known.units;
  }

  #keyOf(stage: Stage): string {
    const known = this.#keys.get(stage);
    if (known !== undefined) return known;
    const text = JSON.stringify(stage.calls.map(({ task, params, part }) => [task, params, part]));
    const key = text.length > keyCharsMax ? "" : text;
    this.#keys.set(stage, key);
    return key;
  }
}
