/**
 * Valid values of a zod schema, found by looking into it: a message that is new is fuzzed without
 * anybody writing down how one looks. It throws for a kind of schema that it does not know.
 */
import fc from "fast-check";
import type { z } from "zod";
import { TOKEN } from "../../src/protocol/ids.ts";

interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly items?: readonly z.ZodType[];
  readonly options?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
  readonly in?: z.ZodType;
}

const defOf = (schema: z.ZodType): Def => (schema as unknown as { _zod: { def: Def } })._zod.def;

/** Bounds that a schema's checks put together, as far as they matter here. */
interface Bag {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}
const bagOf = (schema: z.ZodType): Bag =>
  (schema as unknown as { _zod: { bag: Bag } })._zod.bag ?? {};

const token = fc.constantFrom("job-1", "node-1", "relay-1", "a", "stranger", "X_9");
const word = fc.oneof(token, fc.string({ maxLength: 12 }));

/** Values that the schema accepts, as far as its kind tells; a refinement may still refuse some. */
export function valuesOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const def = defOf(schema);
  const inner = def.innerType;
  switch (def.type) {
    case "object":
      return fc.record(
        Object.fromEntries(
          Object.entries(def.shape ?? {}).map(([key, part]) => [key, valuesOf(part)]),
        ),
        { noNullPrototype: true, requiredKeys: requiredOf(def.shape ?? {}) },
      );
    case "array":
      return fc.array(valuesOf(known(def.element)), { minLength: 1, maxLength: 3 });
    case "tuple":
      return fc.tuple(...(def.items ?? []).map(valuesOf)).map((items) => [...items]);
    case "record":
      return fc.dictionary(
        fc.constantFrom("a", "b", "rows", "x y"),
        valuesOf(known(def.valueType)),
        {
          maxKeys: 3,
          noNullPrototype: true,
        },
      );
    case "union":
      return fc.oneof(...(def.options ?? []).map(valuesOf));
    case "enum":
      return fc.constantFrom(...Object.values(def.entries ?? {}));
    case "literal":
      return fc.constantFrom(...(def.values ?? []));
    case "string":
      return schema.safeParse("a b").success ? word : token;
    case "number":
    case "int":
      return numbersOf(bagOf(schema));
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "custom":
      return fc
        .oneof(fc.uint8Array({ maxLength: 30 }), fc.constant("RTL_TASK_FAILED"))
        .filter((value) => schema.safeParse(value).success);
    case "unknown":
    case "any":
      return fc.jsonValue({ maxDepth: 2 });
    case "nullable":
      return fc.option(valuesOf(known(inner)));
    case "pipe":
      return valuesOf(known(def.in));
    case "optional":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
      return valuesOf(known(inner));
    default:
      throw new Error(`no values are known for a schema of the type ${def.type}`);
  }
}

function known(schema: z.ZodType | undefined): z.ZodType {
  if (schema === undefined) throw new Error("a schema without what it is made of");
  return schema;
}

const requiredOf = (shape: Readonly<Record<string, z.ZodType>>): string[] =>
  Object.entries(shape)
    .filter(([, part]) => !["optional", "default", "prefault"].includes(defOf(part).type))
    .map(([key]) => key);

function numbersOf({ minimum = 0, maximum = 1_000 }: Bag): fc.Arbitrary<number> {
  const min = Math.max(minimum, -1_000);
  return fc.integer({ min, max: Math.max(min, Math.min(maximum, 1_000)) });
}

/** Whether it may stand in a subject: for tests of their own inputs. */
export const isToken = (text: string): boolean => TOKEN.test(text);
