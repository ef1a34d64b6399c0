/**
 * The jobs that relays are struck over: all shapes of tasks, tables that travel inside messages and
 * tables at rest on the nodes, an input of its own, a failure, a cancel.
 */
import { alone, type Step } from "./tasks.ts";

export interface Setup {
  readonly name: string;
  readonly document: unknown;
  readonly input?: Float64Array;
  readonly cancelAtMs?: number;
  /** Of one piece of work, in virtual milliseconds; long enough that each piece is an order. */
  readonly workMs: number;
  /** Of a message between a node and the server. */
  readonly nodeLatencyMs?: number;
  readonly ends: "completed" | "failed" | "cancelled";
  /** What it comes to, if it completes. */
  readonly numbers: Float64Array;
}

/** Rows of a chunk whose table is too large for a message, and is therefore a block. */
const largeRows = 9_000;
const chunks = 5;
const rows = chunks * largeRows;
const none = new Float64Array();

function setup(
  name: string,
  steps: readonly Step[],
  more: Partial<Setup> & { readonly split?: object } = {},
): Setup {
  const { split = { chunks }, ends = "completed", ...rest } = more;
  const stages = steps.map(({ task, params = {} }, index) => {
    const tasks = [{ [task]: params }];
    return [`s${index}`, index === 0 ? { tasks, split } : { tasks }];
  });
  const document = { version: 1, stages: Object.fromEntries(stages) };
  const numbers = ends === "failed" ? none : alone(steps, more.input ?? none);
  return { name, document, ends, numbers, workMs: 25, ...rest };
}

const source: Step = { task: "count", params: { rows } };
const allShapes = [source, ...["affine", "center", "few", "sort"].map((task) => ({ task }))];

export const setups = {
  /** A source, a map, a fold and a gather; blocks first, then tables inside messages. */
  shapes: setup("all shapes", allShapes),
  /** The result is left on the nodes. */
  atRest: setup("a result at rest", [source, { task: "center" }]),
  /** An input that the relay keeps, and the store for whoever comes after it. */
  input: setup("an input of its own", [{ task: "affine" }, { task: "center" }, { task: "sort" }], {
    input: Float64Array.from({ length: 3_000 }, (_, row) => (row * 7_919) % 1_000_003),
  }),
  /** Work is in hand, and a while on its way, when a relay asks for it. */
  slow: setup("slow work", [source, ...["center", "few"].map((task) => ({ task }))], {
    workMs: 1_900,
    nodeLatencyMs: 40,
  }),
  fails: setup("a failure", [source, { task: "center" }, { task: "refuse" }], { ends: "failed" }),
  cancelled: setup("a cancel", allShapes, { ends: "cancelled", cancelAtMs: 90 }),
} as const;

export type SetupName = keyof typeof setups;
export const setupNames = Object.keys(setups) as SetupName[];
