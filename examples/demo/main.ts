/**
 * The demo: starts a system of its own, runs two jobs on real data, shows what they did and where,
 * checks their results, and stops what it started. It uses what any program could use.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect, type Rtl, RtlError, type Table, tableToJson } from "../../src/index.ts";
import { type Local, startLocal } from "../../src/local/local.ts";
import { type Check, checkFlights, checkJobLog } from "./check.ts";
import { follow, showDone, showStart } from "./show.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const jobLog = join(root, "examples/data");
const flights = join(root, "node_modules/vega-datasets/data");

interface DemoJob {
  readonly title: string;
  readonly file: string;
  /** Columns of the result that are shown. */
  readonly columns: readonly string[];
  readonly check: (table: Table) => Check;
}

const jobs: readonly DemoJob[] = [
  {
    title: "A log of 50,000 cluster jobs: filter, derive, normalize, compare",
    file: "examples/demo.yaml",
    columns: ["jobId", "totalRunTime", "totalReadBytes", "difference1", "alphaAvg1", "alphaAvg2"],
    check: (table) => checkJobLog(table, join(jobLog, "demo/expected.json")),
  },
  {
    title: "231,083 flights: how late do late flights leave, and how far do they go?",
    file: "examples/flights.yaml",
    columns: ["delay", "distance", "delayHours", "distanceKm", "meanDelay", "meanDistanceKm"],
    check: (table) => checkFlights(table, join(flights, "flights-200k.arrow")),
  },
];

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const say = (text: string) => void (values.json || process.stdout.write(`${text}\n`));
// A reader that has seen enough, such as head, is no fault.
process.stdout.on("error", () => undefined);
const stateDir = mkdtempSync(join(tmpdir(), "rtl-demo-"));
const ending = new AbortController();
let interrupted: number | undefined;
let local: Local | undefined;
let starting: Promise<Local> | undefined;

for (const [signal, exitCode] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.on(signal, () => {
    // A second one does not wait for the services; they end with this process.
    if (interrupted !== undefined) process.exit(exitCode);
    interrupt(exitCode);
  });
}
// Whoever started this program is gone, and with it whoever would read what it prints.
process.once("disconnect", () => interrupt(129));
process.channel?.unref();

function interrupt(exitCode: number): void {
  interrupted ??= exitCode;
  ending.abort(new RtlError("RTL_JOB_CANCELLED", "interrupted"));
}

try {
  process.exitCode = await demo();
} catch (error) {
  if (interrupted === undefined) {
    const { message, fix } = RtlError.from(failureOf(error));
    process.stderr.write(`Error: ${message}\n${fix === undefined ? "" : `Fix: ${fix}\n`}`);
  }
  process.exitCode = error instanceof RtlError ? error.exitCode : 70;
} finally {
  local ??= await starting?.catch(() => undefined);
  await local?.stop();
  rmSync(stateDir, { recursive: true, force: true });
  if (interrupted !== undefined) process.exitCode = interrupted;
}

async function demo(): Promise<number> {
  process.env["RTL_LOG_LEVEL"] ??= "error";
  const threads = availableParallelism();
  starting = startLocal({ stateDir, threads, dataRoots: [jobLog, flights], foreground: true });
  local = await starting;
  ending.signal.throwIfAborted();
  const rtl = await connect({ servers: local.natsUrl });
  try {
    const { nodes } = await rtl.nodes();
    say(showStart(local, nodes));
    const reports = [];
    for (const job of jobs) reports.push(await run(rtl, job));
    if (values.json) {
      const { natsUrl, services } = local;
      const document = {
        natsUrl,
        services,
        nodes: nodes.map(({ node, slots }) => ({ node, slots })),
        jobs: reports,
      };
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    }
    const wrong = reports.filter((report) => !report.check.equal);
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await rtl.close();
  }
}

async function run(rtl: Rtl, { title, file, columns, check }: DemoJob) {
  say(`\n${title}\n  rtl run ${file}\n`);
  const text = readFileSync(join(root, file), "utf8");
  const handle = await rtl.submit(text, { file });
  const cancel = () => void handle.cancel({ reason: "the demo was interrupted", graceMs: 0 });
  ending.signal.addEventListener("abort", cancel, { once: true });
  const done = await follow(handle, values.json);
  ending.signal.removeEventListener("abort", cancel);
  ending.signal.throwIfAborted();
  const table = await handle.result();
  const checked = check(table);
  say(showDone(done, table, columns, checked));
  const { state, ms, stages, counts } = done;
  return {
    title,
    file,
    job: handle.id,
    state,
    ms,
    stages,
    counts,
    check: checked,
    result: tableToJson(table),
  };
}

function failureOf(error: unknown) {
  if (error instanceof RtlError) return error.toFailure();
  return {
    code: "RTL_INTERNAL" as const,
    message: error instanceof Error ? error.message : String(error),
  };
}
