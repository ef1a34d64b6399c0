/**
 * The parts of docs/protocol.md that follow from code: routes, fields, error codes, limits. They
 * stand between markers; scripts/protocol-doc.mjs writes them and a test holds them equal. What a
 * field means is its comment in messages.ts, so that it is written once.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { errorKinds } from "../../src/protocol/errors.ts";
import { TOKEN } from "../../src/protocol/ids.ts";
import { clocks, limits } from "../../src/protocol/limits.ts";
import * as messages from "../../src/protocol/messages.ts";
import * as plotMessage from "../../src/protocol/plot-message.ts";
import { routes } from "../../src/protocol/routes.ts";
import * as takeOverMessages from "../../src/protocol/take-over-messages.ts";
import { projectPath } from "./project.ts";

type JsonSchema = Readonly<Record<string, unknown>>;
type Comments = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Not worth a table of their own. */
const internal = new Set(["Encoding", "Empty"]);

/** Schemas of messages by the names that the page gives them. */
const named = Object.entries({ ...messages, ...plotMessage, ...takeOverMessages }).flatMap(
  ([key, value]): [string, z.ZodType][] => {
    const name = /^(\w+)Schema$/.exec(key)?.[1];
    if (name === undefined || !(value instanceof z.ZodType)) return [];
    return [[name[0]?.toUpperCase() + name.slice(1), value]];
  },
);

const names = z.registry<{ id: string }>();
for (const [id, schema] of named) if (!internal.has(id)) names.add(schema, { id });

/** The page with its generated parts as the code has them now. */
export function withGeneratedParts(page: string): string {
  const parts: Readonly<Record<string, () => string>> = {
    routes: routeTable,
    messages: () => messageTables(readComments()),
    errors: errorTable,
    limits: limitTable,
  };
  return page.replace(
    /(<!-- begin (\w+)[^>]*-->\n)[\s\S]*?(<!-- end \2 -->)/g,
    (_, begin: string, part: string, end: string) => `${begin}\n${parts[part]?.()}\n${end}`,
  );
}

/** The page's path. */
export const protocolPage = projectPath("docs", "protocol.md");

function routeTable(): string {
  const rows = Object.values(routes).map((route) => [
    `\`${route.subject}\``,
    route.queue === undefined ? "" : `\`${route.queue}\``,
    `${route.from.join(", ")} → ${route.to.join(", ")}`,
    typeText(schemaOf(route.request)),
    route.reply === undefined ? "" : typeText(schemaOf(route.reply)),
    route.meaning,
  ]);
  return table(["subject", "queue group", "from → to", "message", "answer", "meaning"], rows);
}

function messageTables(comments: Comments): string {
  const shown = named.filter(([name]) => !internal.has(name));
  return shown.map(([name, schema]) => messageText(name, schema, comments)).join("\n\n");
}

function messageText(name: string, schema: z.ZodType, comments: Comments): string {
  const json = definitionOf(name, schema);
  const variants = (json["oneOf"] ?? json["anyOf"]) as readonly JsonSchema[] | undefined;
  const meanings = comments.get(name) ?? new Map<string, string>();
  const intro = meanings.get("") ?? "";
  const parts = [`### ${name}`, intro].filter((part) => part !== "");
  if (variants !== undefined) {
    for (const variant of variants) {
      const type = (propertiesOf(variant)["type"] as JsonSchema | undefined)?.["const"];
      parts.push(type === undefined ? "Either:" : `\`${type}\``, fieldTable(variant, meanings));
    }
  } else if (json["type"] === "object") parts.push(fieldTable(json, meanings));
  else parts.push(`${typeText(json)}.`);
  return parts.join("\n\n");
}

function fieldTable(json: JsonSchema, meanings: ReadonlyMap<string, string>): string {
  const rows = fieldRows(json, "").map(([path, type, given]) => [
    `\`${path}\``,
    type,
    given,
    meanings.get(path.split(/[.[]/).at(-1) ?? "") ?? "",
  ]);
  return table(["field", "type", "given", "meaning"], rows);
}

function fieldRows(json: JsonSchema, prefix: string): [string, string, string][] {
  const required = new Set(json["required"] as readonly string[] | undefined);
  return Object.entries(propertiesOf(json)).flatMap(([name, value]): [string, string, string][] => {
    const field = value as JsonSchema;
    const initial = field["default"];
    const given =
      initial !== undefined
        ? `default ${code(initial)}`
        : required.has(name)
          ? "always"
          : "may be left out";
    const items =
      field["type"] === "array" ? (field["items"] as JsonSchema | undefined) : undefined;
    const nested = items === undefined ? field : items;
    const path = `${prefix}${name}`;
    const below = Object.keys(propertiesOf(nested)).length > 0;
    const rest = below ? fieldRows(nested, `${path}${items === undefined ? "" : "[]"}.`) : [];
    return [
      [path, below ? (items ? "list of objects" : "object") : typeText(field), given],
      ...rest,
    ];
  });
}

const propertiesOf = (json: JsonSchema): JsonSchema =>
  (json["properties"] as JsonSchema | undefined) ?? {};

function schemaOf(schema: z.ZodType): JsonSchema {
  const name = names.get(schema)?.id;
  return name === undefined ? jsonOf(schema) : { $ref: `#/$defs/${name}` };
}

/** A named schema itself and not the reference to it. */
function definitionOf(name: string, schema: z.ZodType): JsonSchema {
  const json = jsonOf(schema);
  const definitions = json["$defs"] as Readonly<Record<string, JsonSchema>> | undefined;
  return json["$ref"] === undefined ? json : (definitions?.[name] ?? {});
}

const jsonOf = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, {
    io: "input",
    metadata: names,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === messages.bytes) Object.assign(jsonSchema, { type: "bytes" });
      else if (zodSchema === messages.failureSchema.shape.code) {
        Object.assign(jsonSchema, { type: "error code" });
      }
    },
  });

function typeText(json: JsonSchema): string {
  const reference = /([^/]+)$/.exec(String(json["$ref"] ?? ""))?.[1];
  if (reference !== undefined) return `[${reference}](#${reference.toLowerCase()})`;
  if (json["const"] !== undefined) return code(json["const"]);
  const options = json["enum"] as readonly unknown[] | undefined;
  if (options !== undefined) return options.map(code).join(", ");
  const variants = (json["anyOf"] ?? json["oneOf"]) as readonly JsonSchema[] | undefined;
  if (variants !== undefined) return variants.map(typeText).join(" or ");
  switch (json["type"]) {
    case "object":
      return objectText(json);
    case "array":
      return arrayText(json);
    case "string":
      if (json["pattern"] === TOKEN.source) return "token";
      return `text${json["maxLength"] === undefined ? "" : `, at most ${json["maxLength"]}`}`;
    case "integer":
      return `whole number${bounds(json)}`;
    case "number":
      return `number${bounds(json)}`;
    default:
      return String(json["type"] ?? "anything");
  }
}

function objectText(json: JsonSchema): string {
  const fields = Object.entries(propertiesOf(json));
  if (fields.length > 0) {
    return fields.map(([name, type]) => `\`${name}\`: ${typeText(type as JsonSchema)}`).join("; ");
  }
  const values = json["additionalProperties"];
  if (typeof values !== "object" || values === null) return "`{}`";
  return `${typeText(values as JsonSchema)} by name`;
}

function arrayText(json: JsonSchema): string {
  const places = json["prefixItems"] as readonly JsonSchema[] | undefined;
  if (places !== undefined) return `list of ${places.length}: ${places.map(typeText).join(", ")}`;
  const most = json["maxItems"] === undefined ? "" : `, at most ${json["maxItems"]}`;
  return `list of ${typeText((json["items"] as JsonSchema | undefined) ?? {})}${most}`;
}

function bounds(json: JsonSchema): string {
  const [least, most] = [json["minimum"], json["maximum"]];
  const from = least === undefined || least === Number.MIN_SAFE_INTEGER ? "" : ` from ${least}`;
  return `${from}${most === undefined || most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`}`;
}

function errorTable(): string {
  const rows = Object.entries(errorKinds).map(([name, { kind, retryable, summary }]) => [
    `\`${name}\``,
    kind,
    retryable ? "yes" : "no",
    summary,
  ]);
  return table(["code", "whose fault", "may another try help?", "meaning"], rows);
}

function limitTable(): string {
  const rows = Object.entries({ ...limits, ...clocks });
  return table(
    ["name", "value"],
    rows.map(([name, value]) => [`\`${name}\``, String(value)]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;

/** Comments of messages.ts by schema and field; the comment before a schema has the field "". */
function readComments(): Comments {
  const read = (file: string) => readFileSync(projectPath("src", "protocol", file), "utf8");
  const text = `${read("messages.ts")}\n${read("plot-message.ts")}\n${read("take-over-messages.ts")}`;
  const found = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  // A comment belongs to what follows it at once, so it must not reach over the end of another.
  const pattern =
    /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?(?:export const (\w+)Schema|^\s+(\w+):)/gm;
  for (const [, comment, schema, field] of text.matchAll(pattern)) {
    if (schema !== undefined) {
      current = new Map();
      found.set(schema[0]?.toUpperCase() + schema.slice(1), current);
    }
    const meaning = comment
      ?.replace(/^\s*\*\s?/gm, "")
      .replace(/\s+/g, " ")
      .trim();
    if (meaning !== undefined) current.set(field ?? "", meaning);
  }
  return found;
}
