/**
 * An expression against the columns of a table: every name found, every operation given values of
 * types it takes, whole numbers turned into floats where floats are wanted. Nothing is computed here.
 */
import { nearest } from "../../protocol/nearest.ts";
import type { Column } from "../../table/column.ts";
import type { Table } from "../../table/table.ts";
import { expressionFault } from "./expression-fault.ts";
import { type Expression, keywords, type Literal, type Tree } from "./expression-parse.ts";
import {
  type OperationName,
  operationRules,
  TypeFault,
  type ValueType,
} from "./expression-rules.ts";

/** A tree whose every part has a type. One part may be the input of several others. */
export type Typed =
  | { readonly kind: "constant"; readonly type: ValueType; readonly value: Literal }
  /** `index` is its place among the columns that the expression reads. */
  | { readonly kind: "column"; readonly type: ValueType; readonly index: number }
  | { readonly kind: "toFloat"; readonly type: "float"; readonly input: Typed }
  | {
      readonly kind: "call";
      readonly type: ValueType;
      readonly operation: OperationName;
      readonly inputs: readonly Typed[];
    };

export interface CheckedExpression {
  readonly root: Typed;
  /** The columns that it reads, each once. */
  readonly columns: readonly Column[];
}

/** RTL_COLUMN_UNKNOWN or RTL_PARAMS_INVALID, with the place in the text. */
export function checkExpression({ text, root }: Expression, table: Table): CheckedExpression {
  const checker = new Checker(text, table);
  return { root: checker.typed(root), columns: checker.columns };
}

class Checker {
  readonly columns: Column[] = [];
  readonly #text: string;
  readonly #table: Table;
  readonly #known = new Map<Tree, Typed>();
  readonly #places = new Map<string, Typed>();
  readonly #floats = new Map<Typed, Typed>();

  constructor(text: string, table: Table) {
    this.#text = text;
    this.#table = table;
  }

  typed(tree: Tree): Typed {
    const known = this.#known.get(tree);
    if (known !== undefined) return known;
    const made = this.#make(tree);
    this.#known.set(tree, made);
    return made;
  }

  #make(tree: Tree): Typed {
    if (tree.kind === "literal") {
      return { kind: "constant", type: literalType(tree.value), value: tree.value };
    }
    if (tree.kind === "column") return this.#column(tree.name, tree.at);
    const { operation } = tree;
    const given = tree.inputs.map((input) => this.typed(input));
    const { inputs, result } = this.#typing(tree, given);
    return {
      kind: "call",
      type: result,
      operation,
      inputs: given.map((input, place) => this.#as(input, inputs[place] ?? input.type)),
    };
  }

  #typing(tree: Extract<Tree, { kind: "call" }>, given: readonly Typed[]) {
    try {
      return operationRules[tree.operation].typing(given.map(({ type }) => type));
    } catch (error) {
      if (!(error instanceof TypeFault)) throw error;
      const at = tree.inputs[error.input]?.at ?? tree.at;
      throw expressionFault(this.#text, at, error.message);
    }
  }

  #as(input: Typed, type: ValueType): Typed {
    if (input.type === type) return input;
    if (input.type === "null") return { kind: "constant", type, value: null };
    if (input.kind === "constant") return { kind: "constant", type, value: Number(input.value) };
    const known = this.#floats.get(input);
    if (known !== undefined) return known;
    const made: Typed = { kind: "toFloat", type: "float", input };
    this.#floats.set(input, made);
    return made;
  }

  #column(name: string, at: number): Typed {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    if (!this.#table.has(name)) throw this.#unknown(name, at);
    const column = this.#table.column(name);
    const index = this.columns.push(column) - 1;
    const made: Typed = { kind: "column", type: columnType(column), index };
    this.#places.set(name, made);
    return made;
  }

  #unknown(name: string, at: number): Error {
    const near = nearest(name, [...this.#table.names, ...keywords]);
    return expressionFault(this.#text, at, `the table has no column "${name}"`, {
      code: "RTL_COLUMN_UNKNOWN",
      fix:
        near === undefined
          ? "columns are named as they are; text stands in quotes"
          : `did you mean ${/^[\p{L}_$][\p{L}\p{M}\p{N}_$]*$/u.test(near) ? near : `\`${near}\``}?`,
    });
  }
}

function literalType(value: Literal): ValueType {
  if (value === null) return "null";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float";
  return typeof value === "boolean" ? "bool" : "text";
}

function columnType({ kind, dtype }: Column): ValueType {
  if (kind === "text") return "text";
  if (dtype === "|b1") return "bool";
  return dtype.startsWith("<f") ? "float" : "int";
}
