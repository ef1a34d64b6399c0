/**
 * The input of a job on its way into a relay. That of a durable job must outlive its submitter and its
 * relay, so it is kept by both, the relay and the store; what many chunks will read is kept by the relay,
 * so that it does not travel inside every order.
 */
import type { BlockStore } from "../blocks/blocks.ts";
import type { Inputs } from "../cache/inputs.ts";
import type { PartsHead } from "../cache/parts.ts";
import { limits } from "../protocol/limits.ts";
import type { Submit, TableRef } from "../protocol/messages.ts";
import type { JobRecord } from "../protocol/records.ts";
import { isTable, type Table } from "../table/table.ts";
import { arrowRef } from "./json-tables.ts";

/** Inputs from this size on are read from the relay instead of travelling in every order. */
const keptBytesMin = 16 * 1024;

export interface KeptInput {
  readonly input: TableRef;
  /** Where another relay finds the same bytes. */
  readonly kept?: PartsHead;
}

export function keepInput(
  submit: Submit,
  given: TableRef | Table,
  blocks: BlockStore,
  inputs: Inputs,
): KeptInput | Promise<KeptInput> {
  const input = isTable(given) ? arrowRef(given, submit.id, blocks) : given;
  const durable = submit.mode === "durable";
  if (submit.input === undefined || "json" in input) return { input };
  const { rows } = input;
  if ("inline" in input) {
    if (input.bytes < keptBytesMin) return { input };
    const bytes = new Uint8Array(new SharedArrayBuffer(input.bytes));
    bytes.set(input.inline);
    const own = { rows, ...blocks.put(submit.id, bytes) };
    return durable ? stored(submit.id, own, bytes, inputs) : { input: own };
  }
  if (!durable) return { input };
  return blocks.read(input).then((bytes) => {
    const own = input.holder === blocks.holder ? input : { rows, ...blocks.put(submit.id, bytes) };
    return stored(submit.id, own, bytes, inputs);
  });
}

async function stored(
  job: string,
  input: TableRef,
  bytes: Uint8Array,
  inputs: Inputs,
): Promise<KeptInput> {
  if (bytes.length > limits.keptInputBytesMax) return { input };
  return { input, kept: await inputs.keep(job, bytes) };
}

/** The input of a job that was another relay's: from the store, where it is larger than its record. */
export async function recoverInput(
  record: JobRecord,
  blocks: BlockStore,
  inputs: Inputs,
): Promise<TableRef | undefined> {
  const { id, input, inputKept } = record;
  if (input === undefined || !("block" in input) || inputKept === undefined) return input;
  const found = await inputs.read(id, inputKept);
  if (found === undefined) return input;
  const bytes = new Uint8Array(new SharedArrayBuffer(found.length));
  bytes.set(found);
  return { rows: input.rows, ...blocks.put(id, bytes) };
}
