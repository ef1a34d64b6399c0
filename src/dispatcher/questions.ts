/**
 * Questions to relays. One that gets no answer is put again under the same id, because it may have
 * been lost with a connection, a server or a relay: every question here bears being heard twice. The
 * patience is bounded, and what is said at its end names how long was waited. It knows no job.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";
import type { Bus, Tokens } from "../bus/bus.ts";
import { RtlError } from "../protocol/errors.ts";
import { clocks } from "../protocol/limits.ts";
import type { Route } from "../protocol/routes.ts";
import type { TraceContext } from "../protocol/trace-context.ts";

export interface AskOptions {
  /** Patience with one answer, in milliseconds; longer where a relay has much to read first. */
  readonly answerMs?: number;
  /** False: that no relay listens is an answer, also where there was one. */
  readonly waitForRelay?: boolean;
  /** Told when the question is put again. */
  readonly again?: () => void;
  /** What the route's subject is filled in with. */
  readonly tokens?: Tokens;
  readonly trace?: TraceContext | undefined;
  /** Ends the asking, for a client that is closed. */
  readonly signal?: AbortSignal;
}

type Answer<R extends Route> = z.infer<NonNullable<R["reply"]>>;

/** Mean pause before a question is put again: never the same for two clients. */
const againMs = 200;

export class Questions {
  readonly #bus: Bus;
  readonly #patienceMs: number;
  /** Whether a relay has ever answered. */
  #met = false;

  constructor(bus: Bus, patienceMs: number = clocks.patienceMs) {
    this.#bus = bus;
    this.#patienceMs = patienceMs;
  }

  async ask<R extends Route>(
    route: R,
    message: z.input<R["request"]>,
    {
      answerMs = clocks.answerMs,
      waitForRelay = true,
      again,
      signal,
      tokens = {},
      trace,
    }: AskOptions = {},
  ): Promise<Answer<R>> {
    const began = performance.now();
    for (;;) {
      try {
        const answer = await this.#bus.continuity.unlessLost(
          this.#bus.request(route, tokens, message, { timeoutMs: answerMs, trace }),
        );
        this.#met = true;
        return answer;
      } catch (error) {
        const waitedMs = performance.now() - began;
        const isAbsent = error instanceof RtlError && error.code === "RTL_NO_RELAY";
        if (isAbsent && !waitForRelay) throw error;
        const isOver = this.#bus.connection.isClosed() || signal?.aborted === true;
        if (isOver || !this.#isWorthAnother(error, waitedMs)) throw gaveUp(error, waitedMs);
      }
      again?.();
      await pause((0.5 + Math.random()) * againMs);
    }
  }

  /** Whether this failure may be the bus's only, and patience is left. */
  #isWorthAnother(error: unknown, waitedMs: number): boolean {
    const code = error instanceof RtlError ? error.code : undefined;
    const isPatient = waitedMs < this.#patienceMs;
    if (code === "RTL_WAIT_TIMEOUT" || code === "RTL_STORE_SILENT") return isPatient;
    // Whoever lost the same server is not back for a moment, and nodes beat only then.
    const { continuity } = this.#bus;
    const isShaken = continuity.brokenWithin(clocks.relayAwayMs);
    if (code === "RTL_NO_TASKNODE") return isPatient && isShaken;
    if (code !== "RTL_NO_RELAY") return false;
    // Where no relay ever was, waiting for one would only hide that none was started.
    const awayMs = Math.min(waitedMs, continuity.heldMs);
    return isPatient && (isShaken || (this.#met && awayMs < clocks.relayAwayMs));
  }
}

/** A relay that takes the question and falls silent is as good as none. */
function gaveUp(error: unknown, waitedMs: number): unknown {
  if (!(error instanceof RtlError) || error.code !== "RTL_WAIT_TIMEOUT") return error;
  return new RtlError("RTL_NO_RELAY", `no relay answered within ${Math.round(waitedMs)} ms`, {
    cause: error,
    fix: "look at the services with: rtl status",
  });
}
