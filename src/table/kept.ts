/**
 * What was worked out about the few schemas that a process meets again and again. It never holds more
 * than a megabyte of keys, and forgetting is harmless: the work is done once more.
 */
const ENTRIES_MAX = 64;
const KEY_LENGTH_MAX = 16_384;

export class Kept<Value> {
  readonly #values = new Map<string, Value>();

  /** The value of this key, made when it is not kept. */
  get(key: string, make: () => Value): Value {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = make();
    if (key.length > KEY_LENGTH_MAX) return value;
    // Schemas change with the jobs: what is used will soon be back.
    if (this.#values.size >= ENTRIES_MAX) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}
