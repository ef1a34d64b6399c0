/**
 * What a node answered of durable jobs and still has: when a job's relay dies, the next one asks for it,
 * so that nothing is done twice that is done. It is a memory that may be lost: what is not remembered is
 * done again.
 */
import { limits } from "../protocol/limits.ts";
import type { Done, ItemDone, Order, TableRef } from "../protocol/messages.ts";

interface Kept {
  readonly stage: number;
  answer: Done;
  readonly bytes: number;
}

/** Of an answer beside its tables: items, references, reports. */
const bytesPerItem = 200;

export class KeptAnswers {
  /** Jobs and the answers of each in the order of time, so that the first of the first is the oldest. */
  readonly #jobs = new Map<string, Set<Kept>>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number = limits.keptAnswersBytesMax) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Remembers an answer, unless the order did not ask for it or nothing came of it. */
  keep(order: Pick<Order, "job" | "stage" | "keep">, answer: Done): void {
    if (!order.keep) return;
    const items = answer.items.filter(({ failure }) => failure === undefined);
    if (items.length === 0) return;
    const inline = answer.tables.reduce((sum, t) => sum + ("inline" in t ? t.bytes : 0), 0);
    const states = items.reduce((sum, { state }) => sum + lengthOf(state), 0);
    const bytes = inline + states + bytesPerItem * items.length;
    const kept = { stage: order.stage, answer: { ...answer, items, calls: [] }, bytes };
    const answers = this.#jobs.get(order.job) ?? new Set();
    answers.add(kept);
    this.#jobs.set(order.job, answers);
    this.#bytes += bytes;
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (const [job, answers] of this.#jobs) {
      for (const kept of answers) {
        if (this.#bytes <= this.#bytesMax) return;
        this.#drop(job, answers, kept);
      }
    }
  }

  #drop(job: string, answers: Set<Kept>, kept: Kept): void {
    if (!answers.delete(kept)) return;
    this.#bytes -= kept.bytes;
    if (answers.size === 0) this.#jobs.delete(job);
  }

  of(job: string): readonly { readonly stage: number; readonly answer: Done }[] {
    return [...(this.#jobs.get(job) ?? [])];
  }

  /** Blocks of the job that these answers refer to. */
  blocksOf(job: string): ReadonlySet<string> {
    const tables = this.of(job).flatMap(({ answer }) => answer.tables);
    return new Set(tables.flatMap((table) => ("block" in table ? [table.block] : [])));
  }

  /** Blocks are gone, so that what lies in them cannot be found any more. */
  released(job: string, keys: readonly string[] | undefined): void {
    const answers = this.#jobs.get(job);
    if (answers === undefined) return;
    const gone = keys && new Set(keys);
    const isGone = (table: TableRef | undefined): boolean =>
      table !== undefined && "block" in table && (gone === undefined || gone.has(table.block));
    for (const kept of answers) {
      const { tables, items } = kept.answer;
      if (!tables.some(isGone)) continue;
      const left = items.filter((item) => !placesOf(item).some((place) => isGone(tables[place])));
      if (left.length === 0) this.#drop(job, answers, kept);
      else kept.answer = { ...kept.answer, items: left };
    }
  }

  /** Nobody will ask for this job, or for this stage of it. */
  forget(job: string, stage?: number): void {
    const answers = this.#jobs.get(job);
    if (answers === undefined) return;
    for (const kept of answers) {
      if (stage === undefined || kept.stage === stage) this.#drop(job, answers, kept);
    }
  }
}

const placesOf = ({ output, stateAt }: ItemDone): number[] => [
  ...(output === undefined ? [] : [output[0]]),
  ...(stateAt === undefined ? [] : [stateAt]),
];

const lengthOf = (state: unknown): number => (state instanceof Uint8Array ? state.length : 0);
