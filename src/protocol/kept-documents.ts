/**
 * Documents that were read lately, by their text: the same job is handed in again and again. They are
 * bounded in number and in characters, and forgetting is harmless: the reading is done once more.
 */
import { limits } from "./limits.ts";

const keptMax = 200;

export class KeptDocuments<Read> {
  readonly #documents = new Map<string, Read>();
  #chars = 0;

  /** What reading this text came to; read now, if it is not kept. What throws is not kept. */
  get(text: string, read: () => Read): Read {
    const known = this.#documents.get(text);
    if (known !== undefined) return known;
    const made = read();
    this.#chars += text.length;
    if (this.#chars > limits.keptDocumentCharsMax || this.#documents.size >= keptMax) {
      this.#documents.clear();
      this.#chars = text.length;
    }
    this.#documents.set(text, made);
    return made;
  }
}
