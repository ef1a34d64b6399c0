/**
 * How tasks reach other servers: by GET, from origins that the node's configuration allows, within
 * bounds of time and size. Answers that may be kept are asked of the cache first. It follows a
 * redirection only to where a task might have gone by itself, and tells no secrets of an address.
 */
import { createHash } from "node:crypto";
import { RtlError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { Fetch, FetchedAnswer, FetchRequest } from "../task/fetching.ts";
import type { KeptAnswer } from "./thread-messages.ts";

/** What remembers answers for all threads of all nodes. */
export interface AnswerMemory {
  recall(key: string): Promise<KeptAnswer | undefined>;
  remember(key: string, answer: KeptAnswer, lifetimeMs: number): void;
}

const REDIRECTIONS_MAX = 5;
const TOO_MANY_REQUESTS = 429;
const SERVER_FAULT = 500;

/** @param signal of the work that asks: when it is aborted, so is the question */
export function allowedFetch(
  origins: readonly string[],
  memory: AnswerMemory,
  signal: () => AbortSignal,
): Fetch {
  return async (request) => {
    const url = checkedUrl(request.url, origins);
    const key = keyOf(url, request);
    if (request.lifetimeMs > 0) {
      const kept = await memory.recall(key);
      if (kept !== undefined) return { ...kept, cached: true };
    }
    const answer = await get(url, request, origins, signal());
    if (request.lifetimeMs > 0 && answer.bytes.length <= limits.keptAnswerBytesMax) {
      const { bytes, contentType } = answer;
      memory.remember(key, { bytes, contentType }, request.lifetimeMs);
    }
    return answer;
  };
}

function checkedUrl(text: string, origins: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new RtlError(
      "RTL_PARAMS_INVALID",
      `${JSON.stringify(text.slice(0, 200))} is no address`,
      {
        fix: "give one that begins with https:// or http://",
      },
    );
  }
  if (origins.includes(url.origin)) return url;
  const list = origins.length === 0 ? "none is" : `allowed are ${origins.join(", ")}`;
  throw new RtlError("RTL_FETCH_REFUSED", `${shown(url)} may not be fetched: ${list}`, {
    fix: `add ${url.origin} to RTL_FETCH_ORIGINS of the tasknodes`,
  });
}

/** Neither the password nor the query of an address belongs into a message. */
const shown = (url: URL): string => url.origin + url.pathname;

function keyOf(url: URL, { headers = {} }: FetchRequest): string {
  const sorted = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value])
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([url.href, sorted]))
    .digest("hex");
}

async function get(
  first: URL,
  { headers = {}, timeoutMs }: FetchRequest,
  origins: readonly string[],
  work: AbortSignal,
): Promise<FetchedAnswer> {
  const signal = AbortSignal.any([work, AbortSignal.timeout(timeoutMs)]);
  let url = first;
  try {
    for (let hop = 0; hop <= REDIRECTIONS_MAX; hop++) {
      const response = await fetch(url, { headers, redirect: "manual", signal });
      const next = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && next !== null) {
        await response.body?.cancel();
        url = checkedUrl(new URL(next, url).href, origins);
        continue;
      }
      if (!response.ok) throw await refusal(url, response);
      const bytes = await bodyOf(url, response);
      return { bytes, contentType: response.headers.get("content-type") ?? "", cached: false };
    }
    throw failed(url, `leads in circles: ${REDIRECTIONS_MAX} redirections were followed`, false);
  } catch (error) {
    if (error instanceof RtlError) throw error;
    if (work.aborted) throw new RtlError("RTL_JOB_CANCELLED", "the job was cancelled");
    if (signal.aborted) throw failed(url, `has not answered within ${timeoutMs} ms`, true);
    throw failed(url, `cannot be reached: ${reasonOf(error)}`, true);
  }
}

async function refusal(url: URL, response: Response): Promise<RtlError> {
  await response.body?.cancel();
  const { status } = response;
  const passing = status === TOO_MANY_REQUESTS || status >= SERVER_FAULT;
  return failed(url, `answered with status ${status}`, passing);
}

async function bodyOf(url: URL, response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > limits.fetchBytesMax) {
      throw failed(url, `answers with more than ${limits.fetchBytesMax} bytes`, false);
    }
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** `retry` tells the runner that another try may help. */
const failed = (url: URL, why: string, retry: boolean): RtlError =>
  new RtlError("RTL_FETCH_FAILED", `${shown(url)} ${why}`, { cause: { retry } });

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
