/**
 * What is said in one turn of the event loop, sent in one write at its end: a relay that settles fifty
 * jobs in a turn would otherwise write fifty times, and each write costs more than the message in it.
 */
export class Turn {
  readonly #soon: (run: () => void) => void;
  readonly #failed: (error: unknown) => void;
  #said: (() => void)[] = [];

  /** `failed` is told of what a connection that is closing meanwhile refuses. */
  constructor(soon: (run: () => void) => void, failed: (error: unknown) => void) {
    this.#soon = soon;
    this.#failed = failed;
  }

  /** Sends this at the end of the turn, behind all that was said before. */
  say(send: () => void): void {
    if (this.#said.push(send) === 1) this.#soon(() => this.end());
  }

  /** Sends now what was said. */
  end(): void {
    const said = this.#said;
    this.#said = [];
    for (const send of said) {
      try {
        send();
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
