/** What a task may ask of the network, and what comes back. The rules are kept by whoever runs it. */

export interface FetchRequest {
  readonly url: string;
  /** Sent along; names are compared without case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An answer that is younger than this is taken from the cache, in milliseconds; 0 asks anew. */
  readonly lifetimeMs: number;
  /** Patience with the whole answer, in milliseconds. */
  readonly timeoutMs: number;
}

export interface FetchedAnswer {
  readonly bytes: Uint8Array;
  /** Such as `text/csv; charset=utf-8`; empty when the server did not say. */
  readonly contentType: string;
  /** Whether it came from the cache. */
  readonly cached: boolean;
}

/**
 * Gets an answer from an allowed origin. RTL_FETCH_REFUSED when the origin is not allowed,
 * RTL_FETCH_FAILED when it does not answer with what was asked for.
 */
export type Fetch = (request: FetchRequest) => Promise<FetchedAnswer>;
