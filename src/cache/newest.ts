/** The newest message of a subject that a stream has kept. */
import { NatsError } from "nats";
import { clocks } from "../protocol/limits.ts";
import type { Store } from "./store.ts";

export interface KeptMessage {
  readonly data: Uint8Array;
  /** By the server's clock, in milliseconds since the epoch. */
  readonly at: number;
}

const noMessage = 10037;

/** Undefined where the stream has none of it. */
export async function newestOf(
  store: Store,
  stream: string,
  subject: string,
): Promise<KeptMessage | undefined> {
  const options = { timeout: clocks.storeAnswerMs };
  const manager = await store.ask(() => store.bus.connection.jetstreamManager(options));
  return store.ask(async () => {
    try {
      const kept = await manager.streams.getMessage(stream, { last_by_subj: subject });
      return { data: kept.data, at: kept.time.getTime() };
    } catch (error) {
      if (error instanceof NatsError && error.api_error?.err_code === noMessage) return undefined;
      throw error;
    }
  });
}
