/**
 * What can be said of the values of groups in parts: each method makes states of a part's groups,
 * states of several parts one, and of those a result for each group. States are columns, so that
 * they travel as tables do.
 */
import { type Column, type NumericColumn, numericColumn } from "../../table/column.ts";
import { asNumbers } from "../../table/floats.ts";
import { type CountedRows, countedRows } from "./counted-rows.ts";
import { groupExtreme, groupFirst, groupLast, validityOf } from "./group-picks.ts";
import {
  countedSums,
  exactSums,
  groupCounts,
  groupMoments,
  groupSums,
  mergedMoments,
  mergedSums,
  mergedWholeSums,
  totals,
  wholeSums,
} from "./group-sums.ts";

export type PartialMethod =
  | "count"
  | "sum"
  | "mean"
  | "min"
  | "max"
  | "std"
  | "var"
  | "first"
  | "last";

/** The rows of a part, by group. */
interface Part {
  readonly ids: Uint32Array;
  readonly groups: number;
}

export interface AggregateOptions {
  /** Rows with NaN do not count. */
  readonly skipNaN: boolean;
  /** For std and var: what is taken from the rows before dividing by them. */
  readonly ddof: number;
  /** The column's name, for messages. */
  readonly name: string;
}

interface Aggregate {
  partial(counted: CountedRows, part: Part): Column[];
  /** Of states whose rows are parts, by the group that each part belongs to. */
  merge(states: readonly Column[], part: Part): Column[];
  finish(states: readonly Column[], options: AggregateOptions): Column;
}

const floats = (values: Float64Array): NumericColumn => numericColumn("", values);
const read = (states: readonly Column[], index: number): NumericColumn => {
  const state = states[index];
  if (state === undefined) throw new Error(`the state ${index} of a group is missing`);
  return asNumbers(state, "a state");
};
const numbers = (states: readonly Column[], index: number): Float64Array => {
  const { values } = read(states, index);
  return values instanceof Float64Array ? values : Float64Array.from(values as Uint32Array);
};
/** The states of columns that have at most one value for each part: rows without one do not count. */
const pick =
  (choose: (counted: CountedRows, groups: number) => Column): Aggregate["merge"] =>
  ([state], { ids, groups }) =>
    state === undefined ? [] : [choose(countedRows(state, ids, false), groups)];

function picking(choose: (counted: CountedRows, groups: number) => Column): Aggregate {
  return {
    partial: (counted, { groups }) => [choose(counted, groups)],
    merge: pick(choose),
    finish: ([state]) => state ?? floats(new Float64Array(0)),
  };
}

/** The mean and the spread of groups: counts, means and squares around them. */
function spread(finish: (variance: number) => number): Aggregate {
  return {
    partial({ column, ids }, { groups }) {
      const { count, mean, squares } = groupMoments(asNumbers(column, "a spread"), ids, groups);
      return [count, mean, squares].map(floats);
    },
    merge(states, { ids, groups }) {
      const parts = {
        count: numbers(states, 0),
        mean: numbers(states, 1),
        squares: numbers(states, 2),
      };
      const { count, mean, squares } = mergedMoments(parts, ids, groups);
      return [count, mean, squares].map(floats);
    },
    finish(states, { ddof }) {
      const [count, squares] = [numbers(states, 0), numbers(states, 2)];
      const freedom = count.map((rows) => Math.max(0, rows - ddof));
      const values = squares.map((square, group) => finish(square / (freedom[group] || 1)));
      return numericColumn("", values, { validity: validityOf(freedom) });
    },
  };
}

const sum: Aggregate = {
  partial({ column, ids }, { groups }) {
    const values = asNumbers(column, "a sum");
    if (values.dtype.startsWith("<f")) {
      const { sum, carry } = groupSums(values, ids, groups);
      return [sum, carry].map(floats);
    }
    const { low, near } = wholeSums(values, ids, groups);
    return [numericColumn("", low), floats(near)];
  },
  merge(states, { ids, groups }) {
    const [first, second] = [read(states, 0), read(states, 1)];
    if (first.dtype === "<f8") {
      const { sum, carry } = mergedSums(first, second, ids, groups);
      return [sum, carry].map(floats);
    }
    const { low, near } = mergedWholeSums(first, second, ids, groups);
    return [numericColumn("", low), floats(near)];
  },
  finish(states, { name }) {
    const { values } = read(states, 0);
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
      return numericColumn("", exactSums({ low: values, near: numbers(states, 1) }, name));
    }
    return floats(totals({ sum: numbers(states, 0), carry: numbers(states, 1) }));
  },
};

const aggregates: Readonly<Record<PartialMethod, Aggregate>> = {
  count: {
    partial: ({ ids }, { groups }) => [floats(groupCounts(ids, groups))],
    merge: (states, { ids, groups }) => [floats(totals(groupSums(read(states, 0), ids, groups)))],
    finish: (states) => numericColumn("", wholeNumbers(numbers(states, 0))),
  },
  sum,
  mean: {
    partial({ column, ids }, { groups }) {
      const { sum, carry, count } = countedSums(asNumbers(column, "a mean"), ids, groups);
      return [sum, carry, count].map(floats);
    },
    merge(states, { ids, groups }) {
      const { sum, carry } = mergedSums(read(states, 0), read(states, 1), ids, groups);
      return [sum, carry, totals(groupSums(read(states, 2), ids, groups))].map(floats);
    },
    finish(states) {
      const count = numbers(states, 2);
      const sums = totals({ sum: numbers(states, 0), carry: numbers(states, 1) });
      const means = sums.map((total, group) => total / (count[group] || 1));
      return numericColumn("", means, { validity: validityOf(count) });
    },
  },
  min: picking((counted, groups) => groupExtreme("min", counted, groups)),
  max: picking((counted, groups) => groupExtreme("max", counted, groups)),
  first: picking(groupFirst),
  last: picking(groupLast),
  var: spread((variance) => variance),
  std: spread(Math.sqrt),
};

/** Counts as int64. */
export function wholeNumbers(counts: Float64Array): BigInt64Array {
  const whole = new BigInt64Array(counts.length);
  counts.forEach((count, i) => {
    whole[i] = BigInt(count);
  });
  return whole;
}

/** The states of a column's groups. Rows without a value do not count. */
export function partialStates(
  method: PartialMethod,
  column: Column,
  part: Part,
  skipNaN: boolean,
): readonly Column[] {
  return aggregates[method].partial(countedRows(column, part.ids, skipNaN), part);
}

export const mergedStates = (
  method: PartialMethod,
  states: readonly Column[],
  part: Part,
): readonly Column[] => aggregates[method].merge(states, part);

/** The result for each group. */
export const finishedStates = (
  method: PartialMethod,
  states: readonly Column[],
  options: AggregateOptions,
): Column => aggregates[method].finish(states, options);
