/**
 * The lanes of one client, by document: asked for once the same document comes again and again, used
 * while they are open, asked for anew in the background before they close. It knows no order.
 */
import type { Bus } from "../bus/bus.ts";
import type { Clock } from "../host/clock.ts";
import type { Millis } from "../protocol/ids.ts";
import type { LaneTerms } from "../protocol/lane-messages.ts";
import { clocks, limits } from "../protocol/limits.ts";
import { Lane } from "./lane.ts";

/** What is known of one document. */
interface Known {
  /** How often it was handed in within the time of a lane. */
  uses: number;
  usedSince: Millis;
  lane: Lane | undefined;
  openUntil: number;
  /** After a refusal the lane is not used before then, nor asked for. */
  restsUntil: number;
  asking: boolean;
}

/** A document that comes this often in the time of a lane is worth a question. */
const usesMin = 2;

export type AskForLane = (spec: unknown) => Promise<LaneTerms | undefined>;

export class Lanes {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #ask: AskForLane;
  /** The order of insertion is the order of use, so that the first is the one to forget. */
  readonly #known = new Map<string, Known>();
  #opened = 0;
  /** Another for each client of the same name. */
  readonly #life = crypto.randomUUID().slice(0, 8);

  constructor(bus: Bus, clock: Clock, ask: AskForLane) {
    this.#bus = bus;
    this.#clock = clock;
    this.#ask = ask;
  }

  /** The lane for a document, as text, and an input of so many rows; undefined: a relay's turn. */
  find(text: string, spec: unknown, rows: number): Lane | undefined {
    const at = this.#clock.now();
    const known = this.#meet(text, at);
    const { lane, openUntil, restsUntil } = known;
    const isOpen = lane !== undefined && at < openUntil;
    const isWorthIt = known.uses >= usesMin && at >= restsUntil;
    // Asked for at half of its time, so that it need not close in between.
    if (isWorthIt && !known.asking && at > openUntil - clocks.laneMs / 2) {
      void this.#open(spec, known);
    }
    return isOpen && at >= restsUntil && rows <= lane.terms.rowsMax ? lane : undefined;
  }

  #meet(text: string, at: Millis): Known {
    const known = this.#known.get(text);
    if (known !== undefined) {
      this.#known.delete(text);
      this.#known.set(text, known);
      if (at - known.usedSince > clocks.laneMs) Object.assign(known, { uses: 0, usedSince: at });
      known.uses++;
      return known;
    }
    const met: Known = {
      uses: 1,
      usedSince: at,
      lane: undefined,
      openUntil: Number.NEGATIVE_INFINITY,
      restsUntil: Number.NEGATIVE_INFINITY,
      asking: false,
    };
    this.#known.set(text, met);
    const [oldest] = this.#known;
    // What is under way on a lane that is forgotten comes back all the same.
    if (this.#known.size > limits.lanesMax && oldest) this.#known.delete(oldest[0]);
    return met;
  }

  async #open(spec: unknown, known: Known): Promise<void> {
    known.asking = true;
    try {
      const terms = await this.#ask(spec);
      const at = this.#clock.now();
      if (terms === undefined) known.restsUntil = at + clocks.laneMs;
      else {
        known.openUntil = at + terms.forMs;
        if (known.lane === undefined) known.lane = this.#create(terms, known);
        else known.lane.terms = terms;
      }
    } catch {
      // A relay that is not there, or is older: jobs go the long way, and say what is wrong.
      known.restsUntil = this.#clock.now() + clocks.laneMs;
    } finally {
      known.asking = false;
    }
  }

  #create(terms: LaneTerms, known: Known): Lane {
    const name = `lane-${this.#life}-${(this.#opened++).toString(36)}`;
    const rest = (ms: number) => {
      known.restsUntil = this.#clock.now() + ms;
    };
    return new Lane(terms, name, { bus: this.#bus, clock: this.#clock, rest });
  }

  close(): void {
    for (const { lane } of this.#known.values()) lane?.close();
  }
}
