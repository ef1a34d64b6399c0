/**
 * Keeps where the time of one job goes, in this process and, as they tell it, in all others; at the end it
 * prints the ranked table and writes the trace.
 */
import { performance } from "node:perf_hooks";
import { RtlError } from "../src/protocol/errors.ts";
import type { Span } from "../src/protocol/profile-message.ts";

const now = (): number => performance.timeOrigin + performance.now();

export class Profiling {
  readonly #file: string;
  readonly #spans: Span[] = [];
  #dropped = 0;

  constructor(file: string) {
    this.#file = file;
  }

  readonly heard = (spans: readonly Span[], dropped: number): void => {
    this.#spans.push(...spans);
    this.#dropped = dropped;
  };

  async waited<T>(method: string, act: () => Promise<T>): Promise<T> {
    const at = now();
    try {
      return await act();
    } finally {
      const by = `client ${process.pid}`;
      this.#spans.push({ by, class: "client", method, at, ms: now() - at, calls: 1 });
    }
  }

  /** The table as text; the trace goes to its file. RTL_OUTPUT_REFUSED where that cannot be written. */
  async finish(): Promise<string> {
    const { rankedTable, traceJson } = await import("./render/profile.ts");
    const { writeFileSync } = await import("node:fs");
    try {
      writeFileSync(this.#file, JSON.stringify(traceJson(this.#spans)));
    } catch (cause) {
      const why = (cause as Error).message;
      throw new RtlError("RTL_OUTPUT_REFUSED", `${this.#file} cannot be written: ${why}`, {
        cause,
        fix: "choose another place with --profile FILE",
      });
    }
    const more = this.#dropped === 0 ? "" : `\n${this.#dropped} calls were too many to keep`;
    return `${rankedTable(this.#spans)}${more}\nthe trace is in ${this.#file}: open it in Perfetto or chrome://tracing`;
  }
}
