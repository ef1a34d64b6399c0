/**
 * A whole system for tests: a nats-server, relays and tasknodes as the processes that users run, and
 * clients. Everything is ended by the test and by process id, and its end is checked; what the
 * processes logged is shown when a test fails. It fakes nothing and knows nothing of their insides.
 */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { after, afterEach } from "node:test";
import { fileURLToPath } from "node:url";
import type { StoreWatch } from "../../src/host/nats-store-watch.ts";
import { isAlive } from "../../src/host/process-alive.ts";
import { type ConnectOptions, connect, type Rtl } from "../../src/index.ts";
import { type TestServer, withNatsServer } from "./nats-server.ts";
import { type Ending, tempFolder } from "./temp-folder.ts";
import { waitUntil } from "./wait-until.ts";

/** A test, or by default a whole file of them. */
export type Scope = Ending & { readonly passed?: boolean };

export interface NodeOptions {
  /** Pieces of work that it runs at once; 2 by default. */
  readonly threads?: number;
  /** Folders of tasks; the bundle and the tests' own by default. */
  readonly tasks?: readonly string[];
  /** Folders of data; the system's own and examples/data by default. */
  readonly dataRoots?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly id?: string;
  /** Network namespace that its process runs in; the test's own by default. */
  readonly namespace?: string;
}

export interface SystemOptions {
  readonly relays?: number;
  /** One node by default. */
  readonly nodes?: readonly NodeOptions[];
  /** More environment for every process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another configuration for the nats-server. */
  readonly conf?: string;
  /** Folder of its store; a new one by default. */
  readonly storeDir?: string;
  /** Ends the server when its store hangs, as `rtl start` does. */
  readonly watch?: StoreWatch;
  /** A server, or a cluster, that is there already. */
  readonly bus?: Ending & { readonly url: string };
  /** What every client needs to be let in. */
  readonly client?: ConnectOptions;
}

export interface Service {
  readonly role: "relay" | "tasknode";
  /** Its name on the bus. */
  readonly id: string;
  readonly pid: number;
  /** What it has logged so far, as JSON lines. */
  log(): string;
  /** True until it has ended. */
  alive(): boolean;
  /** Ends it with this signal; resolves with the exit code, or the signal that ended it. */
  kill(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface System {
  readonly server: TestServer;
  readonly url: string;
  /** A folder of data that every node sees first. */
  readonly data: string;
  readonly relays: readonly Service[];
  readonly nodes: readonly Service[];
  /** A client of its own; closed with the system. */
  connect(options?: ConnectOptions): Promise<Rtl>;
  startRelay(env?: Readonly<Record<string, string>>): Promise<Service>;
  /** Starts a tasknode; resolves when the relays offer its tasks. */
  startNode(options?: NodeOptions, env?: Readonly<Record<string, string>>): Promise<Service>;
  /** Fails unless every service that was not ended by its test still runs. */
  assertAlive(): void;
}

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const bundle = folder("../../tasks");
export const testTasks = [folder("./node-tasks"), folder("./system-tasks")] as const;
export const exampleData = folder("../../../examples/data");

const END_MS_MAX = 15_000;
/** What somebody set for their own rtl is not the tests' business; where nats-server is, is. */
const foreign = /^(RTL_(?!NATS_SERVER$)|NATS_|NODE_TEST_)|^(LOG_LEVEL|DEBUG|JOURNAL_STREAM)$/;

/** Starts a system that ends with `t`. */
export async function startSystem(t?: Scope, options: SystemOptions = {}): Promise<System> {
  const services: Started[] = [];
  const scope = t ?? { after };
  const { conf, storeDir, watch } = options;
  const own = {
    ...(conf !== undefined && { conf }),
    ...(storeDir !== undefined && { storeDir }),
    ...(watch !== undefined && { watch }),
  };
  const server = options.bus === undefined ? await withNatsServer(scope, own) : undefined;
  const bus = options.bus ?? server;
  assert.ok(bus !== undefined);
  const data = tempFolder(scope);
  let clients = 0;

  const start = async (
    role: Service["role"],
    id: string,
    env: Readonly<Record<string, string>>,
    namespace?: string,
  ): Promise<Started> => {
    const all = { NATS_URL: bus.url, ...options.env, ...env };
    const service = launch(role, id, all, namespace);
    services.push(service);
    bus.after(() => service.end());
    await service.ready;
    return service;
  };
  const system: System = {
    get server() {
      assert.ok(server !== undefined, "the bus of this system is its test's own");
      return server;
    },
    url: bus.url,
    data,
    get relays() {
      return services.filter(({ role }) => role === "relay");
    },
    get nodes() {
      return services.filter(({ role }) => role === "tasknode");
    },
    async connect(given = {}) {
      const name = `client-${++clients}`;
      const client = await connect({ servers: bus.url, name, ...options.client, ...given });
      bus.after(() => client.close());
      return client;
    },
    startRelay: (env = {}) => {
      const id = env["RTL_RELAY_ID"] ?? `relay-${system.relays.length + 1}`;
      return start("relay", id, { RTL_RELAY_ID: id, ...env });
    },
    async startNode(given = {}, env = {}) {
      const id = given.id ?? `node-${system.nodes.length + 1}`;
      const environment = { ...nodeEnvironment(id, data, given), ...env };
      const node = await start("tasknode", id, environment, given.namespace);
      await offered({ servers: bus.url, ...options.client }, id);
      return node;
    },
    assertAlive() {
      const dead = services.filter((service) => !service.expected && !service.alive());
      assert.deepEqual(
        dead.map(({ id }) => id),
        [],
        `died: ${dead.map((service) => service.log()).join("\n")}`,
      );
    },
  };
  showOnFailure(t, services);
  for (let i = 0; i < (options.relays ?? 1); i++) await system.startRelay();
  await Promise.all(
    (options.nodes ?? [{}]).map((node, index) =>
      system.startNode({ id: `node-${index + 1}`, ...node }),
    ),
  );
  return system;
}

function nodeEnvironment(id: string, data: string, given: NodeOptions): Record<string, string> {
  const labels = Object.entries(given.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    RTL_NODE_ID: id,
    RTL_THREADS: String(given.threads ?? 2),
    RTL_TASKS: (given.tasks ?? [bundle, ...testTasks]).join(":"),
    RTL_DATA_ROOTS: (given.dataRoots ?? [data, exampleData]).join(":"),
    RTL_LABELS: labels.join(","),
  };
}

/** A node is ready before each relay has heard of it: waits until all of them have. */
async function offered(options: ConnectOptions, node: string): Promise<void> {
  const client = await connect(options);
  try {
    const { relays } = await client.nodes().catch(() => ({ relays: [] }));
    // Whoever asks is answered by one relay by chance; as many answers in a row as it takes.
    let answers = 0;
    if (relays.length > 0) {
      await waitUntil(async () => {
        const { nodes } = await client.nodes();
        answers = nodes.some((one) => one.node === node) ? answers + 1 : 0;
        return answers >= 8 * relays.length - 7;
      }, `no relay heard of ${node}`);
    }
  } finally {
    await client.close();
  }
}

interface Started extends Service {
  readonly ready: Promise<void>;
  /** Whether a test ended it. */
  readonly expected: boolean;
  /** Ends it in order and checks that it went. */
  end(): Promise<void>;
}

function launch(
  role: Service["role"],
  id: string,
  env: Readonly<Record<string, string>>,
  namespace?: string,
): Started {
  const inherited = Object.entries(process.env).filter(([key]) => !foreign.test(key));
  const child = fork(folder(`../../src/${role}/main.js`), {
    env: { ...Object.fromEntries(inherited), RTL_LOG_FORMAT: "json", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // "ip netns exec" becomes the program, so that the process id is the service's.
    ...(namespace !== undefined && { execPath: "ip" }),
    execArgv: namespace === undefined ? [] : ["netns", "exec", namespace, process.execPath],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
  }
  const exited = once(child, "exit").then(([code, signal]): number | string => code ?? signal);
  let expected = false;
  const { pid } = child;
  assert.ok(pid !== undefined, `${role} ${id} could not be started`);
  const alive = () => child.exitCode === null && child.signalCode === null;
  return {
    role,
    id,
    pid,
    alive,
    log: () => text,
    get expected() {
      return expected;
    },
    ready: readiness(child, exited, () => `${role} ${id}: ${text}`),
    async kill(signal = "SIGKILL") {
      expected = true;
      child.kill(signal);
      return await exited;
    },
    async end() {
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), END_MS_MAX);
      const exit = await exited;
      clearTimeout(force);
      assert.equal(isAlive(pid), false, `${role} ${id} is still running`);
      if (!expected) assert.equal(exit, 0, `${role} ${id} ended with ${exit}:\n${text}`);
    },
  };
}

async function readiness(
  child: ChildProcess,
  exited: Promise<number | string>,
  story: () => string,
): Promise<void> {
  const said = once(child, "message").then(([message]) => message as { readonly ready?: boolean });
  const first = await Promise.race([said, exited]);
  if (typeof first === "object" && first.ready === true) return;
  throw new Error(`it did not become ready: ${JSON.stringify(first)}\n${story()}`);
}

/** Prints the logs, the end of each, once for every test that failed. */
function showOnFailure(t: Scope | undefined, services: readonly Service[]): void {
  const show = () => {
    for (const service of services) {
      const tail = service.log().split("\n").slice(-40).join("\n");
      process.stderr.write(`--- ${service.role} ${service.id} (${service.pid})\n${tail}\n`);
    }
  };
  if (t === undefined) {
    afterEach((context) => {
      if ("passed" in context && context.passed === false) show();
    });
  } else {
    t.after(() => {
      if (t.passed === false) show();
    });
  }
}
