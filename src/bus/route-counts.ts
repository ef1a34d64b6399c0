/** How often each route was spoken on, and what came of it: what a service tells of itself. */
import { performance } from "node:perf_hooks";
import type { Route } from "../protocol/routes.ts";

export interface RouteCount {
  requests: number;
  errors: number;
  lastError: string;
  /** Inside the handlers, in milliseconds; what a handler waits for is not counted. */
  ms: number;
}

export class RouteCounts {
  readonly #counts = new Map<Route, RouteCount>();

  of(route: Route): RouteCount {
    let count = this.#counts.get(route);
    if (count === undefined) {
      count = { requests: 0, errors: 0, lastError: "", ms: 0 };
      this.#counts.set(route, count);
    }
    return count;
  }

  /** Runs a handler for one message of this route. */
  timed<T>(route: Route, handle: () => T): T {
    const count = this.of(route);
    const began = performance.now();
    count.requests++;
    try {
      return handle();
    } finally {
      count.ms += performance.now() - began;
    }
  }

  failed(route: Route, error: string): void {
    const count = this.of(route);
    count.errors++;
    count.lastError = error.slice(0, 200);
  }

  /** All that this process listens to, in no order. */
  get all(): ReadonlyMap<Route, RouteCount> {
    return this.#counts;
  }
}
