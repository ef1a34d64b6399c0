/**
 * Tells the log of messages that were refused: the first of each second one by one, the rest by their
 * number. A stranger who sends junk must not fill the disk with what is said about it.
 */
import type { Log } from "../host/log.ts";
import { limits } from "../protocol/limits.ts";

const SECOND_MS = 1_000;

export class RefusalLog {
  readonly #log: Log;
  #told = 0;
  #untold = 0;
  #second: NodeJS.Timeout | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  note(level: "warn" | "error", fields: object): void {
    this.#second ??= setTimeout(() => this.#next(), SECOND_MS).unref();
    if (this.#told < limits.refusalsLoggedMax) {
      this.#told++;
      this.#log[level](fields, "message refused");
    } else this.#untold++;
  }

  #next(): void {
    if (this.#untold > 0) this.#log.warn({ more: this.#untold }, "more messages were refused");
    this.#second = undefined;
    this.#told = 0;
    this.#untold = 0;
  }
}
