/** On which subjects the questions of ours went out that wait for an answer. */
export class Asked {
  readonly #subjects = new Map<string, string>();
  /** Where the key of a question begins in its reply subject. */
  readonly #keyAt: number;

  constructor(keyAt: number) {
    this.#keyAt = keyAt;
  }

  add(reply: string, subject: string): void {
    this.#subjects.set(reply.slice(this.#keyAt), subject);
  }

  forget(key: string): void {
    this.#subjects.delete(key);
  }

  /** The keys of those that went out on this subject. */
  on(subject: string): readonly string[] {
    return [...this.#subjects].filter(([, one]) => one === subject).map(([key]) => key);
  }
}
