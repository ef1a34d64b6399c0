/**
 * Hostile values: valid ones in which parts are left out, doubled, nested without end or replaced by
 * what nobody expects there, and values of no sense at all.
 */
import fc from "fast-check";

const numbers = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -1,
  -0,
  0.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2 ** 31,
  2 ** 53,
  5e-324,
] as const;

const texts = [
  "",
  "__proto__",
  "constructor",
  "toString",
  "\u0000",
  "\uD800",
  "../../etc/passwd",
  "a.b.*.>",
  " \r\nPUB x 0\r\n",
  "x".repeat(5_000),
  "(a+)+$",
  "NaN",
  "9".repeat(400),
  "٣",
] as const;

export const nested = (depth: number, leaf: unknown = 0): unknown => {
  let value = leaf;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

/** An object with a key of its own that is the name of its prototype. */
const polluted = (): unknown => JSON.parse('{"__proto__": {"rows": 1}, "constructor": {"a": 1}}');

/** One value that is hardly ever wanted. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, false),
  fc.constantFrom<unknown>(...numbers),
  fc.constantFrom<unknown>(...texts),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.double(),
  fc.integer(),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 0n),
  fc.constant([]).map(() => [] as unknown[]),
  fc.constant({}).map(() => ({})),
  fc.constantFrom(5, 70, 300).map((depth) => nested(depth)),
  fc.constant(null).map(polluted),
  fc.uint8Array({ maxLength: 12 }),
  // An object that no text can be made of.
  fc.constant(null).map(() => ({ toString: 1, valueOf: null, toJSON: "x", length: -1 })),
  fc.constant(null).map(() => Array(500).fill("x")),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Texts that are hardly ever wanted. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...texts, ...numbers.map(String)),
  fc.string({ unit: "binary", maxLength: 20 }),
);

type Place = readonly (string | number)[];

/** Paths to all parts of a value, the whole first. */
function placesOf(value: unknown, path: Place = [], found: Place[] = []): Place[] {
  found.push(path);
  if (found.length > 400 || path.length > 12) return found;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) placesOf(item, [...path, index], found);
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) placesOf(item, [...path, key], found);
  }
  return found;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !ArrayBuffer.isView(value);

/** A copy with the part at this place changed; `undefined` leaves it out. */
function changed(
  value: unknown,
  [step, ...rest]: Place,
  change: (part: unknown) => unknown,
): unknown {
  if (step === undefined) return change(value);
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === step ? changed(item, rest, change) : item));
  }
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(
    ([key, item]) => [key, key === step ? changed(item, rest, change) : item] as const,
  );
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

type Change = (part: unknown) => unknown;

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 5,
    arbitrary: oddValue.map(
      (odd): Change =>
        () =>
          odd,
    ),
  },
  { weight: 2, arbitrary: fc.constant<Change>(() => undefined) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...texts, "v", "id", "rows", "extra"), oddValue).map(
      ([key, odd]): Change =>
        (part) =>
          isMap(part) && !Array.isArray(part)
            ? Object.fromEntries([...Object.entries(part), [key, odd]])
            : [part, odd],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(2, 64, 200).map(
      (times): Change =>
        (part) =>
          Array.isArray(part) ? Array(times).fill(part).flat() : [part],
    ),
  },
  { weight: 1, arbitrary: fc.constant<Change>((part) => ({ ...Object(part) })) },
  {
    weight: 1,
    arbitrary: fc.constant<Change>((part) => `${typeof part === "object" ? "{}" : String(part)}`),
  },
);

/** Values like these with some parts wrong; now and then a value like none. */
export const damagedValues = (valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(valid, fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 3 }))
        .map(([value, changes]) =>
          changes.reduce<unknown>((left, [at, act]) => {
            const places = placesOf(left);
            return changed(left, places[at % places.length] ?? [], act);
          }, value),
        ),
    },
    { weight: 1, arbitrary: oddValue },
  );
