/**
 * What the simulated server keeps: buckets with compare-and-set, and of each captured subject its
 * messages. It answers as the server's JetStream does, as far as our doors to it ask.
 */
import { NatsError } from "nats";

interface Kept {
  readonly value: Uint8Array;
  readonly revision: number;
  readonly created: number;
}

interface Stream {
  readonly pattern: RegExp;
  readonly messages: Map<string, { readonly data: Uint8Array; readonly at: number }[]>;
}

/** As the server answers, with its own number for what is wrong. */
function refusal(message: string, code: number): NatsError {
  const error = new NatsError(message, "400");
  error.api_error = { code: 400, err_code: code, description: message };
  return error;
}

export class Store {
  readonly #now: () => number;
  readonly #buckets = new Map<string, Map<string, Kept>>();
  readonly #streams = new Map<string, Stream>();
  #revision = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  bucket(name: string): Map<string, Kept> {
    const known = this.#buckets.get(name) ?? new Map();
    this.#buckets.set(name, known);
    return known;
  }

  get(name: string, key: string): Kept | undefined {
    return this.bucket(name).get(key);
  }

  put(name: string, key: string, value: Uint8Array): number {
    const revision = ++this.#revision;
    this.bucket(name).set(key, { value, revision, created: this.#now() });
    return revision;
  }

  create(name: string, key: string, value: Uint8Array): number {
    return this.update(name, key, value, 0);
  }

  update(name: string, key: string, value: Uint8Array, revision: number): number {
    if ((this.get(name, key)?.revision ?? 0) !== revision) {
      throw refusal("wrong last sequence", 10071);
    }
    return this.put(name, key, value);
  }

  purge(name: string, key: string): void {
    this.bucket(name).delete(key);
  }

  addStream(name: string, subject: string): void {
    if (this.#streams.has(name)) return;
    const pattern = new RegExp(`^${subject.replaceAll(".", "\\.").replaceAll("*", "[^.]+")}$`);
    this.#streams.set(name, { pattern, messages: new Map() });
  }

  /** Whether there was such a stream. */
  dropStream(name: string): boolean {
    return this.#streams.delete(name);
  }

  /** Buckets are always there; of a stream that is not, the server says so. */
  info(name: string): { readonly config: { readonly num_replicas: number } } {
    if (!name.startsWith("KV_") && !this.#streams.has(name))
      throw refusal("stream not found", 10059);
    return { config: { num_replicas: 1 } };
  }

  capture(subject: string, data: Uint8Array): void {
    for (const { pattern, messages } of this.#streams.values()) {
      if (!pattern.test(subject)) continue;
      messages.set(subject, [...(messages.get(subject) ?? []), { data, at: this.#now() }]);
    }
  }

  /** All that a stream keeps of a subject. */
  kept(stream: string, subject: string): readonly { readonly data: Uint8Array }[] {
    return this.#streams.get(stream)?.messages.get(subject) ?? [];
  }

  last(stream: string, subject: string): { readonly data: Uint8Array; readonly time: Date } {
    const found = this.#streams.get(stream)?.messages.get(subject)?.at(-1);
    if (found === undefined) throw refusal("no message found", 10037);
    return { data: found.data, time: new Date(found.at) };
  }
}
