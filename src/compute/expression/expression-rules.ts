/**
 * The operators and functions of expressions: how many values each takes, of which types, and what
 * type comes out. What they compute is written in expression-numbers.ts and expression-texts.ts.
 */

/** `int` is int64, `float` is float64; `null` is the type of the word null alone. */
export type ValueType = "int" | "float" | "bool" | "text" | "null";

/** What the values are turned into before the operation, and the type of its result. */
export interface Typing {
  readonly inputs: readonly ValueType[];
  readonly result: ValueType;
}

interface Rule {
  /** How many values it takes. */
  readonly least: number;
  readonly most: number;
  /** Throws a TypeFault. */
  readonly typing: (given: readonly ValueType[]) => Typing;
}

/** Values of a type that an operation does not take. */
export class TypeFault extends Error {
  /** Which of the values. */
  readonly input: number;

  constructor(message: string, input: number) {
    super(message);
    this.input = input;
  }
}

const typeWords: Record<ValueType, string> = {
  int: "whole numbers",
  float: "numbers",
  bool: "true or false",
  text: "text",
  null: "null",
};

function refuse(wanted: string, given: ValueType, input: number): never {
  const fix: Record<ValueType, string> = {
    bool: "; write if(condition, 1, 0) to count",
    text: "; cast the column to a number first",
    null: "; a value that is missing is asked for with isNull()",
    int: "",
    float: wanted === typeWords.int ? "; cast the column to int64 first" : "",
  };
  const advice = wanted === typeWords.text ? "" : fix[given];
  throw new TypeFault(`${wanted} wanted here, but this is ${typeWords[given]}${advice}`, input);
}

const isNumber = (type: ValueType): boolean => type === "int" || type === "float";

function numbers(given: readonly ValueType[]): void {
  given.forEach((type, input) => {
    if (!isNumber(type)) refuse(typeWords.float, type, input);
  });
}

function each(wanted: ValueType, given: readonly ValueType[], from = 0): void {
  given.slice(from).forEach((type, input) => {
    if (type !== wanted) refuse(typeWords[wanted], type, from + input);
  });
}

/** The type that all of these become: whole numbers among floats are floats, null is anything. */
function unified(given: readonly ValueType[], from: number): ValueType {
  let type: ValueType = "null";
  given.forEach((one, input) => {
    if (input < from || one === "null" || one === type) return;
    if (type === "null") type = one;
    else if (isNumber(type) && isNumber(one)) type = "float";
    else {
      const both = `${typeWords[type]} before, ${typeWords[one]} here`;
      throw new TypeFault(`the values have different types: ${both}`, input);
    }
  });
  if (type === "null") throw new TypeFault("at least one value must not be null", from);
  return type;
}

const rule = (least: number, most: number, typing: Rule["typing"]): Rule => ({
  least,
  most,
  typing,
});

/** Whole numbers stay whole; with a float among them all are floats. */
const wholeOrFloat: Rule["typing"] = (given) => {
  numbers(given);
  const result = given.every((type) => type === "int") ? "int" : "float";
  return { inputs: given.map(() => result), result };
};
const floats: Rule["typing"] = (given) => {
  numbers(given);
  return { inputs: given.map(() => "float"), result: "float" };
};
/** Whole numbers and floats are compared as they are: exactly. */
const comparison =
  (ordered: boolean): Rule["typing"] =>
  (given) => {
    const [left = "null", right = "null"] = given;
    if (left === "null" || right === "null") {
      throw new TypeFault("nothing equals null: write isNull()", left === "null" ? 0 : 1);
    }
    if (left !== right && !(isNumber(left) && isNumber(right))) {
      const both = `${typeWords[left]} cannot be compared with ${typeWords[right]}`;
      throw new TypeFault(both, 1);
    }
    if (ordered && left === "bool") throw new TypeFault("true and false have no order", 0);
    return { inputs: given, result: "bool" };
  };
const logic: Rule["typing"] = (given) => {
  each("bool", given);
  return { inputs: given, result: "bool" };
};
const textTest = rule(2, 2, (given) => {
  each("text", given);
  return { inputs: given, result: "bool" };
});
const textChange = rule(1, 1, (given) => {
  each("text", given);
  return { inputs: given, result: "text" };
});
const timePart = rule(1, 1, (given) => {
  numbers(given);
  return { inputs: ["float"], result: "int" };
});
const float1 = rule(1, 1, floats);
const float2 = rule(2, 2, floats);
const whole1 = rule(1, 1, wholeOrFloat);
const whole2 = rule(2, 2, wholeOrFloat);
const several = rule(2, Infinity, wholeOrFloat);

const operatorRules = {
  "+": whole2,
  "-": whole2,
  "*": whole2,
  "%": whole2,
  "/": float2,
  "**": float2,
  negate: whole1,
  plus: whole1,
  "==": rule(2, 2, comparison(false)),
  "!=": rule(2, 2, comparison(false)),
  "<": rule(2, 2, comparison(true)),
  "<=": rule(2, 2, comparison(true)),
  ">": rule(2, 2, comparison(true)),
  ">=": rule(2, 2, comparison(true)),
  and: rule(2, 2, logic),
  or: rule(2, 2, logic),
  not: rule(1, 1, logic),
} satisfies Record<string, Rule>;

const namedRules = {
  if: rule(3, 3, (given) => {
    each("bool", given.slice(0, 1));
    const result = unified(given, 1);
    return { inputs: ["bool", result, result], result };
  }),
  coalesce: rule(1, Infinity, (given) => {
    const result = unified(given, 0);
    return { inputs: given.map(() => result), result };
  }),
  isNull: rule(1, 1, (given) => ({ inputs: given, result: "bool" })),
  isNaN: rule(1, 1, (given) => {
    numbers(given);
    return { inputs: given, result: "bool" };
  }),
  abs: whole1,
  sign: whole1,
  floor: whole1,
  ceil: whole1,
  trunc: whole1,
  round: rule(1, 2, (given) => {
    if (given.length === 1) return wholeOrFloat(given);
    numbers(given.slice(0, 1));
    each("int", given, 1);
    return { inputs: ["float", "int"], result: "float" };
  }),
  min: several,
  max: several,
  sqrt: float1,
  exp: float1,
  log: float1,
  log10: float1,
  log2: float1,
  sin: float1,
  cos: float1,
  tan: float1,
  asin: float1,
  acos: float1,
  atan: float1,
  sinh: float1,
  cosh: float1,
  tanh: float1,
  atan2: float2,
  pow: float2,
  hypot: float2,
  pi: rule(0, 0, () => ({ inputs: [], result: "float" })),
  year: timePart,
  month: timePart,
  day: timePart,
  hour: timePart,
  minute: timePart,
  second: timePart,
  length: rule(1, 1, (given) => {
    each("text", given);
    return { inputs: given, result: "int" };
  }),
  lower: textChange,
  upper: textChange,
  contains: textTest,
  startsWith: textTest,
  endsWith: textTest,
  substring: rule(2, 3, (given) => {
    each("text", given.slice(0, 1));
    each("int", given, 1);
    return { inputs: given, result: "text" };
  }),
  concat: rule(1, Infinity, (given) => {
    each("text", given);
    return { inputs: given, result: "text" };
  }),
} satisfies Record<string, Rule>;

export type FunctionName = keyof typeof namedRules;
export type OperationName = keyof typeof operatorRules | FunctionName;

export const functionRules: Readonly<Record<FunctionName, Rule>> = namedRules;
export const operationRules: Readonly<Record<OperationName, Rule>> = {
  ...operatorRules,
  ...namedRules,
};
export const functionNames = Object.keys(namedRules) as readonly FunctionName[];

const bare = (name: string): string => name.toLowerCase().replaceAll("_", "");
const byBareName: ReadonlyMap<string, FunctionName> = new Map(
  functionNames.map((name) => [bare(name), name]),
);

/** The function of this name, in any spelling: `isNull`, `is_null`, `ISNULL`. */
export const functionNamed = (name: string): FunctionName | undefined => byBareName.get(bare(name));
