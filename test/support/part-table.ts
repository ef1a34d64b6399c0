/**
 * Which part of the project may import which, as data: the tidy test holds the code to it, and
 * ARCHITECTURE.md shows it. Lower parts never know higher ones; every npm package has one door.
 */
export interface Part {
  /** Parts whose code may be imported. */
  readonly parts: readonly string[];
  /** Parts of which only types may be imported. */
  readonly types?: readonly string[];
  readonly npm?: readonly string[];
  /** Node's own modules; absent: all. */
  readonly node?: readonly string[];
}

export const partTable: Readonly<Record<string, Part>> = {
  "src/protocol": { parts: [], npm: ["zod", "@msgpack/msgpack", "yaml"] },
  "src/table": { parts: ["src/protocol"], npm: ["apache-arrow"] },
  "src/compute": { parts: ["src/protocol", "src/table"], npm: ["ml-matrix"] },
  "src/format": {
    parts: ["src/protocol", "src/table"],
    types: ["src/task"],
    npm: ["@duckdb/node-api", "fflate"],
  },
  "src/task": {
    parts: ["src/protocol", "src/table", "src/compute", "src/format"],
    npm: ["zod"],
  },
  "src/flow": { parts: ["src/protocol"], types: ["src/task"], node: ["node:assert"] },
  "src/host": {
    parts: ["src/protocol"],
    types: ["src/task"],
    npm: [
      ...["pino", "zod", "prom-client", "@opentelemetry/api", "@opentelemetry/sdk-trace-base"],
      ...["@opentelemetry/exporter-trace-otlp-http", "@opentelemetry/resources"],
    ],
  },
  "src/bus": { parts: ["src/protocol"], types: ["src/host"], npm: ["nats"] },
  "src/cache": { parts: ["src/protocol", "src/bus"], types: ["src/host"], npm: ["nats"] },
  "src/blocks": { parts: ["src/protocol", "src/bus"], types: ["src/host"] },
  "src/relay": {
    parts: [
      ...["src/flow", "src/task", "src/table", "src/protocol"],
      ...["src/bus", "src/cache", "src/blocks", "src/host"],
    ],
  },
  "src/tasknode": {
    parts: [
      ...["src/task", "src/table", "src/protocol"],
      ...["src/bus", "src/cache", "src/blocks", "src/host"],
    ],
  },
  "src/dispatcher": {
    parts: ["src/table", "src/protocol", "src/bus", "src/cache", "src/blocks", "src/host"],
  },
  "src/local": { parts: ["src/protocol", "src/host"], npm: ["zod"] },
  "src/cluster": {
    parts: ["src/protocol", "src/host", "src/cache", "src/bus"],
    npm: ["zod", "nats-jwt", "@peculiar/x509", "reflect-metadata"],
  },
  "src/index.ts": { parts: ["src/dispatcher", "src/protocol", "src/table"] },
  cli: {
    parts: [
      ...["src/index.ts", "src/protocol", "src/table", "src/task"],
      ...["src/host", "src/local", "src/cluster"],
    ],
    types: ["src/dispatcher"],
    npm: ["@oclif/core"],
  },
  tasks: { parts: [], npm: ["rtl"], node: [] },
};
