/** Fetch: the answer of another server as a table. Origins, time and size are bounded by the node. */
import {
  defineTask,
  durationMs,
  type FetchedAnswer,
  makeTable,
  memoryFile,
  planFiles,
  RtlError,
  readPlan,
  type Table,
  tableFromContents,
  textColumn,
  textColumnOfBytes,
  z,
} from "rtl/task";

const formats = ["auto", "json", "jsonl", "csv", "arrow", "npy", "text", "bytes"] as const;
type Format = (typeof formats)[number];

const duration = z
  .string({ error: 'give a duration such as "10m"' })
  .refine((text) => durationMs(text) !== undefined, {
    error: "a duration is a number and ms, s, m, h or d, such as 10m",
  })
  .meta({ unit: "ms, s, m, h or d" });

const params = z.strictObject({
  url: z.string().min(1).describe("address, which begins with https:// or http://"),
  format: z
    .enum(formats, { error: `give one of ${formats.join(" ")}` })
    .default("auto")
    .describe("of the answer; auto goes by its content type, then by the address"),
  path: z
    .string()
    .min(1)
    .optional()
    .describe("json: where in the answer the rows are, such as data.items"),
  headers: z
    .record(z.string().regex(/^[\w-]{1,100}$/), z.string())
    .default({})
    .describe("sent with the question"),
  lifetime: duration
    .default("0s")
    .describe("an answer not older than this is taken from the cache; 0s always asks"),
  timeout: duration.default("30s").describe("patience with the whole answer"),
});
type Params = z.output<typeof params>;

export default defineTask({
  name: "fetch",
  summary: "get a table, text or bytes from an allowed web server",
  description: [
    "GET only, from the origins in RTL_FETCH_ORIGINS of the tasknodes, which are none by default;",
    "redirections are followed within them. The table that comes in is not used. json: a list of",
    "records, columns of values, or one record; csv, jsonl, arrow and npy as open reads them;",
    "text: a row for each line that is not empty, in the column text; bytes: one row with the",
    "columns url, type and body. An answer with a lifetime is kept in the cache for all nodes.",
    "Statuses of 500 and above, 429 and broken connections may be retried: retry: {attempts: 5}.",
  ].join("\n"),
  shape: "source",
  deterministic: false,
  params,
  example: { url: "https://api.example.com/prices.json", path: "data", lifetime: "10m" },

  measure: () => ({ units: 1, unit: "files" as const }),

  async run(_table, wanted, context) {
    const answer = await context.fetch({
      url: wanted.url,
      headers: wanted.headers,
      lifetimeMs: durationMs(wanted.lifetime) ?? 0,
      timeoutMs: Math.max(1, durationMs(wanted.timeout) ?? 0),
    });
    const from = answer.cached ? "the cache" : "its server";
    context.log(`fetched ${answer.bytes.length} bytes from ${from}`);
    return await tableOf(answer, wanted);
  },
});

async function tableOf(answer: FetchedAnswer, wanted: Params): Promise<Table> {
  const { bytes, contentType } = answer;
  const format = formatOf(wanted, contentType);
  if (format === "json") return tableOfJson(bytes, wanted);
  if (format === "text") return makeTable([textColumn("text", linesOf(bytes))]);
  if (format === "bytes") {
    const body = textColumnOfBytes("body", Int32Array.of(0, bytes.length), bytes, {
      dtype: `|S${bytes.length}`,
    });
    return makeTable([textColumn("url", [wanted.url]), textColumn("type", [contentType]), body]);
  }
  const name = `answer.${format}`;
  const files = memoryFile(name, bytes);
  return await readPlan(await planFiles([name], files, { format }), files, { format }, undefined);
}

const linesOf = (bytes: Uint8Array): string[] =>
  new TextDecoder()
    .decode(bytes)
    .split(/\r?\n/)
    .filter((line) => line !== "");

/** What a server calls the format, where that says anything; else what the address ends in. */
function formatOf({ format, url }: Params, contentType: string): Exclude<Format, "auto"> {
  if (format !== "auto") return format;
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (/ndjson|jsonl|json-seq/.test(type)) return "jsonl";
  if (type === "application/json" || type.endsWith("+json")) return "json";
  if (/(^|[/.])csv$|tab-separated/.test(type)) return "csv";
  if (type.includes("apache.arrow")) return "arrow";
  const ending = /\.(\w+)$/.exec(new URL(url).pathname)?.[1]?.toLowerCase() ?? "";
  const byEnding: Readonly<Record<string, Exclude<Format, "auto">>> = {
    json: "json",
    jsonl: "jsonl",
    ndjson: "jsonl",
    csv: "csv",
    tsv: "csv",
    arrow: "arrow",
    feather: "arrow",
    npy: "npy",
    txt: "text",
  };
  if (Object.hasOwn(byEnding, ending)) return byEnding[ending] ?? "bytes";
  return type.startsWith("text/") ? "text" : "bytes";
}

function tableOfJson(bytes: Uint8Array, { url, path }: Params): Table {
  const fix = "format: text or bytes takes an answer as it is";
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RtlError("RTL_FILE_INVALID", `the answer of ${shown(url)} is no JSON: ${why}`, {
      fix,
    });
  }
  for (const key of path?.split(".") ?? []) {
    const has = typeof found === "object" && found !== null && Object.hasOwn(found, key);
    if (!has) {
      const message = `the answer of ${shown(url)} has nothing at "${path}": no "${key}"`;
      throw new RtlError("RTL_PARAMS_INVALID", message, { fix: "correct path" });
    }
    found = (found as Record<string, unknown>)[key];
  }
  const isRecord =
    typeof found === "object" &&
    found !== null &&
    !Array.isArray(found) &&
    !Object.values(found).some((value) => typeof value === "object" && value !== null);
  try {
    return tableFromContents(isRecord ? [found] : found);
  } catch (error) {
    if (!(error instanceof RtlError)) throw error;
    const message = `the answer of ${shown(url)} is no table: ${error.message}`;
    throw new RtlError("RTL_FILE_INVALID", message, { fix: `name its rows with path; ${fix}` });
  }
}

/** Neither the password nor the query of an address belongs into a message. */
const shown = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
};
