/**
 * Sends envelopes: the blocking round trip of the raspi-rtl clients, as a promise. The stage to run
 * is either in the envelope's pipeline (version 0.4) or stored in the cache under its id (version 3).
 */
import { type ConnectOptions, connect, type Rtl } from "./connect.ts";
import { type Envelope, stageOf } from "./envelope.ts";
import type { JobHandle } from "./job-handle.ts";

/** A client, or how to get one. What a Dispatcher connects itself, it closes itself. */
export type ClientOptions = ConnectOptions & { readonly client?: Rtl };

/** A client that is made when it is first needed; a connection that failed is tried anew. */
export class LazyClient {
  readonly #options: ClientOptions;
  #client: Promise<Rtl> | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    if (options.client !== undefined) this.#client = Promise.resolve(options.client);
  }

  async get(): Promise<Rtl> {
    this.#client ??= connect(this.#options).catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async close(): Promise<void> {
    if (this.#options.client !== undefined || this.#client === undefined) return;
    const client = await this.#client.catch(() => undefined);
    await client?.close();
  }
}

export class Dispatcher {
  readonly #client: LazyClient;

  constructor(options: ClientOptions = {}) {
    this.#client = new LazyClient(options);
  }

  /** Runs the envelope's stage on its contents and returns it with the result. */
  async send(envelope: Envelope): Promise<Envelope> {
    const job = await this.submit(envelope);
    return envelope.finish(await job.result());
  }

  /** The same without waiting. */
  async submit(envelope: Envelope): Promise<JobHandle> {
    const client = await this.#client.get();
    const pipeline = envelope.getPipeline();
    const document = pipeline && { version: 1, stages: [stageOf(pipeline)] };
    return client.submit(document, {
      id: envelope.getId(),
      input: envelope.getContents(),
      mode: "ephemeral",
    });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

/** Where custom clients store the stage that an envelope is to run through. */
export class SchemaCache {
  readonly #client: LazyClient;

  constructor(options: ClientOptions = {}) {
    this.#client = new LazyClient(options);
  }

  /** Stores one stage, `{tasks: {…}}`, under an envelope's id; `ttlMs` is how long it is good. */
  async put(id: string, stage: unknown, ttlMs?: number): Promise<void> {
    const client = await this.#client.get();
    await (await client.cache()).putSchema(id, stage, ttlMs);
  }

  /** The stage stored under this id; undefined when there is none. */
  async get(id: string): Promise<unknown> {
    const client = await this.#client.get();
    return (await client.cache()).getSchema(id);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}
