/**
 * Jobs whose results are known, one after the other for as long as strangers do what they can. It
 * counts what came of them and never gives up by itself.
 */
import type { Rtl } from "../../src/index.ts";
import { waitUntil } from "../support/wait-until.ts";

const ROWS = 600;
const CHUNKS = 4;
const DONE_MS_MAX = 60_000;

export class ControlJobs {
  readonly #rtl: Rtl;
  #stopping = false;
  #running: Promise<void> = Promise.resolve();
  /** Ended, whatever came of them. */
  jobs = 0;
  wrong = 0;
  lost = 0;
  /** Why the last one that was lost was. */
  fault = "";

  constructor(rtl: Rtl) {
    this.#rtl = rtl;
  }

  get chunks(): number {
    return this.jobs * CHUNKS;
  }

  start(): void {
    this.#running = (async () => {
      while (!this.#stopping && this.lost === 0) await this.#one();
    })();
  }

  /** Resolves when one that begins from now on has ended; fails when any was lost or wrong. */
  async next(): Promise<void> {
    const wanted = this.jobs + 2;
    await waitUntil(
      () => this.jobs >= wanted || this.lost > 0,
      "the control jobs have stopped",
      2 * DONE_MS_MAX,
    );
    if (this.wrong + this.lost > 0) throw new Error(`a control job failed: ${this.fault}`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #one(): Promise<void> {
    const factor = (this.jobs % 7) + 2;
    const x = Float64Array.from({ length: ROWS }, (_, row) => row + factor);
    const operations = [{ a: "x", b: factor, column: "y" }];
    const stages = { all: { tasks: [{ multiply: { operations } }], split: { chunks: CHUNKS } } };
    try {
      const mode = this.jobs % 2 === 0 ? "ephemeral" : "durable";
      const job = await this.#rtl.submit({ stages }, { input: { x }, mode });
      const table = await job.result({ timeoutMs: DONE_MS_MAX });
      const { values } = table.column("y") as { values: Float64Array };
      const right =
        values.length === ROWS && values.every((y, row) => y === (row + factor) * factor);
      if (!right) {
        this.wrong++;
        this.fault = `wrong values: ${values.slice(0, 5)}`;
      }
    } catch (error) {
      this.lost++;
      this.fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    this.jobs++;
  }
}
