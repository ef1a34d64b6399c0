/**
 * What a service counts and measures, for Prometheus. The list of all there is stands here; whoever counts
 * names an entry of it. Where nobody asked for metrics nothing is loaded and counting does nothing.
 */
import { version } from "./version.ts";

interface MetricKind {
  readonly help: string;
  readonly labels: readonly string[];
}

export const counters = {
  rtl_jobs_total: { help: "Jobs that settled, by how.", labels: ["outcome"] },
  rtl_tasks_total: {
    help: "Pieces of work that tasks ran, by how they ended.",
    labels: ["task", "outcome"],
  },
} as const satisfies Readonly<Record<string, MetricKind>>;

export const histograms = {
  rtl_job_duration_seconds: { help: "From the submit of a job to its end.", labels: ["outcome"] },
  rtl_task_duration_seconds: {
    help: "Time inside a task, for one piece of work.",
    labels: ["task"],
  },
} as const satisfies Readonly<Record<string, MetricKind>>;

/** Read when somebody asks. */
export const gauges = {
  rtl_jobs_active: { help: "Jobs that this relay has.", labels: [] },
  rtl_orders_held: { help: "Orders in this node's hands.", labels: [] },
  rtl_workers: { help: "Slots of this node, by what they do.", labels: ["state"] },
  rtl_draining: { help: "1 while this node takes no more work.", labels: [] },
  rtl_nats_connected: { help: "1 while the connection to the bus holds.", labels: [] },
  rtl_nats_reconnects_total: { help: "How often that connection was made anew.", labels: [] },
  rtl_transfer_bytes_total: { help: "Bytes over the bus.", labels: ["direction"] },
  rtl_block_bytes: { help: "Bytes of tables that this node holds, by where.", labels: ["where"] },
  rtl_node_throttled: { help: "1 while the board slows down or lacks voltage.", labels: [] },
  rtl_node_temperature_celsius: { help: "Temperature of the processor.", labels: [] },
} as const satisfies Readonly<Record<string, MetricKind>>;

type Labels<Kind extends MetricKind> = Readonly<Record<Kind["labels"][number], string>>;

export interface Metrics {
  count<Name extends keyof typeof counters>(
    name: Name,
    labels: Labels<(typeof counters)[Name]>,
    by?: number,
  ): void;
  /** In seconds. */
  measure<Name extends keyof typeof histograms>(
    name: Name,
    labels: Labels<(typeof histograms)[Name]>,
    seconds: number,
  ): void;
  /** What a gauge reads: one value for each set of labels; undefined where there is none now. */
  read<Name extends keyof typeof gauges>(
    name: Name,
    values: () => readonly (readonly [
      labels: Labels<(typeof gauges)[Name]>,
      value: number | undefined,
    ])[],
  ): void;
}

export const noMetrics: Metrics = {
  count: () => undefined,
  measure: () => undefined,
  read: () => undefined,
};

export interface ServedMetrics extends Metrics {
  /** All of them in the text form of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** From half a millisecond to a minute. */
const buckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

export async function servedMetrics(service: string): Promise<ServedMetrics> {
  const prom = (await import("prom-client")).default;
  const register = new prom.Registry();
  register.setDefaultLabels({ service });
  prom.collectDefaultMetrics({ register, prefix: "rtl_" });
  const info = {
    name: "rtl_build_info",
    help: "The version that runs.",
    labelNames: ["version", "node"],
  };
  new prom.Gauge({ ...info, registers: [register] }).set({ version, node: process.version }, 1);
  const counted = new Map(
    Object.entries(counters).map(([name, { help, labels }]) => [
      name,
      new prom.Counter<string>({ name, help, labelNames: labels, registers: [register] }),
    ]),
  );
  const measured = new Map(
    Object.entries(histograms).map(([name, { help, labels }]) => [
      name,
      new prom.Histogram<string>({
        name,
        help,
        labelNames: labels,
        buckets,
        registers: [register],
      }),
    ]),
  );
  return {
    contentType: register.contentType,
    text: () => register.metrics(),
    count: (name, labels, by = 1) => counted.get(name)?.inc({ ...labels }, by),
    measure: (name, labels, seconds) => measured.get(name)?.observe({ ...labels }, seconds),
    read(name, values) {
      const { help, labels } = gauges[name] as MetricKind;
      new prom.Gauge<string>({
        ...{ name, help, labelNames: [...labels], registers: [register] },
        collect() {
          this.reset();
          for (const [own, value] of values()) if (value !== undefined) this.set({ ...own }, value);
        },
      });
    },
  };
}
