/**
 * What is said in one turn of the event loop, sent in one write at its end: a relay that settles fifty
 * jobs in a turn would otherwise write fifty times, and each write costs more than the message in it.
 */
export class Turn {
  readonly #soon: (run: () => void) => void;
  readonly #failed: (error: unknown) => void;
  #said: (() => void)[] = [];
  #isEnding = false;

  /** `failed` is told of what a connection that is closing meanwhile refuses. */
  constructor(soon: (run: () => void) => void, failed: (error: unknown) => void) {
    this.#soon = soon;
    this.#failed = failed;
  }

  /** Does this at the end of the turn, behind all that was said before. */
  say(act: () => void): void {
    if (this.#said.push(act) === 1 && !this.#isEnding) this.#soon(() => this.end());
  }

  /** Does now what was said, and what that says in its turn. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    while (this.#said.length > 0) {
      const said = this.#said;
      this.#said = [];
      for (const act of said) {
        try {
          act();
        } catch (error) {
          this.#failed(error);
        }
      }
    }
    this.#isEnding = false;
  }
}
