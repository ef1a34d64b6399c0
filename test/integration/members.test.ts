// A bus that knows its members: what each role can do, that nobody can do more, and that who is revoked is
// cut off at once. Real servers and services, set up with the commands that users give.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, credsAuthenticator, type NatsConnection } from "nats";
import { guardedStreams, type MemberRole, memberRoles } from "../../src/cluster/permissions.ts";
import { type Rtl, RtlError, tableToJson } from "../../src/index.ts";
import { clientRoles, type Route, routes } from "../../src/protocol/routes.ts";
import { lastFirst } from "../support/last-first.ts";
import { runCli } from "../support/run-cli.ts";
import { type SecuredCluster, withSecuredCluster } from "../support/secured-cluster.ts";
import { type System, startSystem } from "../support/system.ts";
import { waitUntil } from "../support/wait-until.ts";

const ending = lastFirst({ after });
const nap = { version: 1, stages: { only: { tasks: [{ gate: { file: "never" } }] } } };
const quick = { version: 1, stages: { only: { tasks: ["null"] } } };
const environments: Record<string, Record<string, string>> = {};
const names: Readonly<Record<string, MemberRole>> = {
  "hub-relay": "relay",
  "pi-1": "tasknode",
  ann: "dispatcher",
  bob: "dispatcher",
  vic: "viewer",
  boss: "admin",
};
let cluster: SecuredCluster;
let system: System;
const clients: Record<string, Rtl> = {};

before(async () => {
  cluster = await withSecuredCluster(ending);
  for (const [name, role] of Object.entries(names)) {
    environments[name] = await cluster.join(name, role);
  }
  const bus = { url: cluster.url, after: cluster.server.after };
  const client = cluster.optionsOf(environments["vic"] ?? {});
  system = await startSystem(ending, { relays: 0, nodes: [], bus, client });
  await system.startRelay(environments["hub-relay"]);
  await system.startNode({ id: "pi-1" }, environments["pi-1"]);
  for (const name of ["ann", "bob", "vic", "boss"]) {
    clients[name] = await system.connect(cluster.optionsOf(environments[name] ?? {}));
  }
});

const clientOf = (name: string): Rtl => {
  const client = clients[name];
  assert.ok(client !== undefined);
  return client;
};

const refusedWith = (code: string) => (error: unknown) =>
  error instanceof RtlError && error.code === code;

test("a dispatcher submits jobs of both kinds, with small and large tables, and reads what they give", async () => {
  const ann = clientOf("ann");
  const x = Float64Array.from({ length: 100_000 }, (_, row) => row);
  for (const mode of ["durable", "ephemeral"] as const) {
    assert.equal((await (await ann.submit(quick, { mode })).result()).rows, 1);
    const large = await (await ann.submit(quick, { mode, input: { x } })).result();
    assert.deepEqual(
      [large.rows, tableToJson(large).columns["x"]?.values.at(-1)],
      [100_000, 99_999],
    );
  }
});

test("a job can be watched, listed and its result read by a viewer, who can submit nothing", async () => {
  const [ann, vic] = [clientOf("ann"), clientOf("vic")];
  const job = await ann.submit(quick, { id: "watched" });
  const done = await vic.job(job.id).done({ timeoutMs: 20_000 });
  assert.equal(done.state, "completed");
  assert.equal((await vic.job(job.id).result()).rows, 1);
  const listed = (await vic.jobs()).find(({ id }) => id === job.id);
  assert.equal(listed?.user, "ann");
  for (const mode of ["durable", "ephemeral"] as const) {
    const submitted = async () => (await vic.submit(quick, { mode })).result();
    await assert.rejects(submitted(), (error) => {
      assert.ok(refusedWith("RTL_RIGHTS_MISSING")(error), String(error));
      assert.match(String(error), /vic may not speak on rtl\.v1\.user\.vic\.submit/);
      return true;
    });
  }
  await assert.rejects(vic.drainNode("pi-1"), refusedWith("RTL_RIGHTS_MISSING"));
  await assert.rejects(vic.job(job.id).cancel(), refusedWith("RTL_RIGHTS_MISSING"));
});

test("a dispatcher cancels its own jobs, and nobody else's", async () => {
  for (const mode of ["durable", "ephemeral"] as const) {
    const [ann, bob] = [clientOf("ann"), clientOf("bob")];
    const job = await ann.submit(nap, { mode });
    const started = (async () => {
      for await (const event of job.watch()) if (event.type === "stage.started") return;
    })();
    await started;
    if (mode === "durable") {
      await assert.rejects(bob.job(job.id).cancel(), (error) => {
        assert.ok(refusedWith("RTL_RIGHTS_MISSING")(error), String(error));
        assert.match(String(error), /is ann's, and bob asks/);
        return true;
      });
      assert.equal((await ann.job(job.id).status()).state, "running");
    }
    await job.cancel({ reason: "enough" });
    assert.equal((await job.done({ timeoutMs: 20_000 })).state, "cancelled");
  }
});

test("an ephemeral job hears no other member, whatever relay passes it on", async () => {
  const [ann, boss] = [clientOf("ann"), clientOf("boss")];
  const job = await ann.submit(nap, { mode: "ephemeral" });
  const connection = await raw("bob");
  connection.publish(`rtl.v1.user.bob.cancel`, JSON.stringify({ id: job.id }));
  connection.publish(`rtl.v1.user.ann.cancel`, JSON.stringify({ id: job.id }));
  connection.publish(`rtl.v1.job.${job.id}.cancel`, "");
  await connection.flush();
  // What bob said is heard before what ann asks now.
  assert.equal((await clientOf("ann").job(job.id).status()).state, "running");
  await boss.job(job.id).cancel();
  assert.equal((await job.done({ timeoutMs: 20_000 })).state, "cancelled");
});

test("an admin cancels anyone's job, drains nodes and reads the dead letters", async () => {
  const job = await clientOf("ann").submit(nap);
  await clientOf("boss").job(job.id).cancel();
  assert.equal((await job.done({ timeoutMs: 20_000 })).state, "cancelled");
  assert.equal(await clientOf("boss").drainNode("pi-1", true), 0);
  assert.equal(await clientOf("boss").drainNode("pi-1", false), 0);
  assert.deepEqual(await clientOf("boss").deadLetters(), []);
});

interface Trial {
  readonly route: string;
  readonly side: "from" | "to";
  readonly subject: string;
  readonly allowed: boolean;
}

const all: readonly (readonly [string, Route])[] = Object.entries(routes);

/** Written down again, in the words of the table: what a role may say and hear. */
function mayDo(role: MemberRole, route: Route, side: "from" | "to"): boolean {
  if (role === "relay" || role === "tasknode") return route[side].includes(role);
  if (!route[side].includes("dispatcher") || route.least === undefined) return false;
  const least = side === "to" ? (route.leastToHear ?? route.least) : route.least;
  return clientRoles.indexOf(role) >= clientRoles.indexOf(least);
}

/** Every route with its tokens filled in: the member's own name where it is a user's, else anybody's. */
const trialsOf = (role: MemberRole, name: string): readonly Trial[] =>
  all.flatMap(([route, line]) =>
    (["from", "to"] as const).map((side) => ({
      route,
      side,
      subject: line.subject.replace("{user}", name).replaceAll(/\{\w+\}/g, "trial"),
      allowed: mayDo(role, line, side),
    })),
  );

/** A connection that collects what the server refuses. */
async function raw(name: string): Promise<NatsConnection & { readonly refused: string[] }> {
  const { NATS_CREDS = "", NATS_CA = "", NATS_CERT = "", NATS_KEY = "" } = environments[name] ?? {};
  const connection = await connect({
    servers: cluster.url,
    authenticator: credsAuthenticator(readFileSync(NATS_CREDS)),
    tls: { caFile: NATS_CA, certFile: NATS_CERT, keyFile: NATS_KEY },
    inboxPrefix: `_INBOX.${name}`,
  });
  ending.after(() => connection.close());
  const refused: string[] = [];
  void (async () => {
    for await (const status of connection.status()) {
      const cause = (status as { permissionContext?: { operation: string; subject: string } })
        .permissionContext;
      if (cause !== undefined) refused.push(`${cause.operation} ${cause.subject}`);
    }
  })();
  return Object.assign(connection, { refused });
}

for (const role of memberRoles) {
  const name = Object.keys(names).find((one) => names[one] === role) ?? "";
  test(`${role}: every route is open or shut as the table says`, async () => {
    const connection = await raw(name);
    const trials = trialsOf(role, name);
    assert.ok(trials.some(({ allowed }) => allowed) && trials.some(({ allowed }) => !allowed));
    for (const { side, subject } of trials) {
      if (side === "from") connection.publish(subject, "x");
      else connection.subscribe(subject, { callback: () => undefined });
    }
    // Nobody listens where answers to others come in, or speaks for another member.
    const shut = [
      ["subscription", "_INBOX.somebody.>"],
      ["subscription", ">"],
      ["publish", "rtl.v1.user.somebody.submit"],
      ["publish", "rtl.v1.user.somebody.cancel"],
      ["publish", "$SYS.REQ.CLAIMS.UPDATE"],
    ] as const;
    for (const [operation, subject] of shut) {
      if (operation === "publish") connection.publish(subject, "x");
      else connection.subscribe(subject, { callback: () => undefined });
    }
    // A store's stream is the relays', and an admin's.
    const guarded = guardedStreams.map((stream) => `$JS.API.STREAM.INFO.${stream}.trial`);
    const purges = guardedStreams.map((stream) => `$JS.API.STREAM.DELETE.${stream}`);
    const isKeeper = role === "relay" || role === "admin";
    for (const subject of isKeeper ? [] : [...guarded, ...purges]) connection.publish(subject, "x");
    await connection.flush();
    const wanted = [
      ...trials
        .filter(({ allowed }) => !allowed)
        .map(({ side, subject }) => `${side === "from" ? "publish" : "subscription"} ${subject}`),
      ...shut.map(([operation, subject]) => `${operation} ${subject}`),
      ...(isKeeper ? [] : [...guarded, ...purges].map((subject) => `publish ${subject}`)),
    ];
    await waitUntil(
      () => connection.refused.length >= wanted.length,
      `${wanted.length - connection.refused.length} were not refused`,
    );
    assert.deepEqual([...connection.refused].sort(), wanted.sort());
  });
}

test("what is refused stands in the server's log", () => {
  const log = readFileSync(join(cluster.server.storeDir, "nats-server.log"), "utf8");
  assert.match(log, /Publish Violation - .*Subject "rtl\.v1\.job\.submit"/);
  assert.match(log, /Subscription Violation - .*"_INBOX\.somebody\.>"/);
});

test("nobody is let in without credentials, or without a certificate of the cluster", async () => {
  const { credentials } = cluster.optionsOf(environments["ann"] ?? {});
  const { tls, ...withoutTls } = credentials ?? {};
  for (const given of [{ tls: tls ?? {} }, withoutTls, {}]) {
    await assert.rejects(
      system.connect({ servers: cluster.url, credentials: given }),
      (error) => error instanceof RtlError && /RTL_BUS_(REFUSED|UNREACHABLE)/.test(error.code),
    );
  }
});

test("the commands find the cluster by themselves once they have joined, and see what runs there", async () => {
  const home = join(cluster.folder, "vic-home");
  const invited = await cluster.cluster([
    "invite",
    "vic-2",
    "--role",
    "viewer",
    "--server",
    cluster.url,
  ]);
  const env = { HOME: home, XDG_CONFIG_HOME: join(home, ".config"), NATS_URL: undefined };
  const folder = join(home, ".config", "rtl");
  const joined = await runCli(["cluster", "join", "-", "--dir", folder], {
    input: invited.stdout,
    env,
  });
  assert.equal(joined.exit, 0, joined.stderr);
  const nodes = await runCli(["node", "ls", "-o", "name"], { env });
  assert.deepEqual([nodes.exit, nodes.stdout], [0, "pi-1\n"], nodes.stderr);
  const submitted = await runCli(["job", "submit", "-"], { env, input: JSON.stringify(quick) });
  assert.equal(submitted.exit, 77, submitted.stderr);
});

test("who is revoked is cut off at once, and stays so when the server comes back", async () => {
  const bob = await raw("bob");
  const cutOff = (async () => {
    for await (const status of bob.status()) if (status.type === "disconnect") return;
  })();
  const revoked = await cluster.cluster(["revoke", "bob", "--server", cluster.url]);
  assert.equal(revoked.exit, 0, revoked.stderr);
  await cutOff;
  await bob.close();
  const again = () => system.connect(cluster.optionsOf(environments["bob"] ?? {}));
  await assert.rejects(again(), refusedWith("RTL_BUS_REFUSED"));
  await cluster.server.restart();
  await assert.rejects(again(), refusedWith("RTL_BUS_REFUSED"));
  // The others come back by themselves.
  assert.equal((await (await clientOf("ann").submit(quick)).result()).rows, 1);
  const members = await cluster.cluster(["ls", "--json"]);
  const listed = JSON.parse(members.stdout) as { name: string }[];
  assert.ok(!listed.some(({ name }) => name === "bob"));
  assert.equal((await cluster.cluster(["revoke", "nobody"])).exit, 2);
});

test("no secret of any member is in a log of the services or the server", () => {
  const secrets = Object.values(environments).flatMap(({ NATS_CREDS = "", NATS_KEY = "" }) => {
    const creds = readFileSync(NATS_CREDS, "utf8");
    const seed = /^SU[A-Z0-9]+$/m.exec(creds)?.[0] ?? "";
    const key = readFileSync(NATS_KEY, "utf8").split("\n")[1] ?? "";
    assert.ok(seed.length > 40 && key.length > 40);
    return [seed, key];
  });
  const logs = [
    ...system.relays.map((relay) => relay.log()),
    ...system.nodes.map((node) => node.log()),
    readFileSync(join(cluster.server.storeDir, "nats-server.log"), "utf8"),
  ].join("\n");
  for (const secret of secrets) assert.ok(!logs.includes(secret), "a log holds a secret");
  for (const file of readdirSync(join(cluster.folder, "hub"))) {
    if (!/\.(key|creds|json)$/.test(file)) continue;
    const text = readFileSync(join(cluster.folder, "hub", file), "utf8");
    for (const secret of secrets)
      assert.ok(!text.includes(secret), `${file} keeps a member's secret`);
  }
});
