// Making a clone ready, on a copy of the script in a project whose npm and build only leave marks.
import assert from "node:assert/strict";
import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { natsServerFolders } from "../../../src/host/nats-server.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const scripts = fileURLToPath(new URL("../../../../scripts/", import.meta.url));

/** npm that takes its time, so that a second run arrives while the first is at work. */
const npm = `#!/bin/sh
echo "npm $*" >> "$MARKS"
sleep 0.3
mkdir -p node_modules && touch node_modules/.package-lock.json
`;
const build = `
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
appendFileSync(process.env.MARKS, "build\\n");
if (process.env.BUILD_FAILS) process.exit(3);
mkdirSync("dist", { recursive: true });
writeFileSync("dist/.built", "");
`;

function project(t: TestContext) {
  const folder = tempFolder(t);
  const marks = join(folder, "marks");
  for (const part of ["bin", "scripts", "src"]) mkdirSync(join(folder, part));
  cpSync(join(scripts, "ensure.mjs"), join(folder, "scripts", "ensure.mjs"));
  const package_ = { type: "module", engines: { node: ">=20.10" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(package_));
  for (const file of ["tsconfig.json", "package-lock.json"])
    writeFileSync(join(folder, file), "{}");
  writeFileSync(join(folder, "src", "a.ts"), "");
  writeFileSync(join(folder, "scripts", "build.mjs"), build);
  writeFileSync(join(folder, "bin", "npm"), npm, { mode: 0o755 });
  writeFileSync(join(folder, "bin", "nats-server"), "#!/bin/sh\n", { mode: 0o755 });
  const script = `
    const { ensureReady } = await import("./scripts/ensure.mjs");
    await ensureReady();
    console.log("ready");`;
  const ensure = async (more: Record<string, string> = {}) => {
    const env = { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, MARKS: marks, ...more };
    const options: SpawnOptions = { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] };
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], options);
    let text = "";
    const streams = [child.stdout, child.stderr].flatMap((stream) => stream ?? []);
    for (const stream of streams) stream.on("data", (part) => (text += part));
    const [[code]] = await Promise.all([
      once(child, "exit"),
      ...streams.map((stream) => finished(stream)),
    ]);
    return { code, text };
  };
  const marked = () => readFileSync(marks, "utf8").trim().split("\n");
  return { folder, ensure, marked };
}

const install = "npm ci --include=dev --no-audit --no-fund";

test("a fresh clone is installed and built, and a second run does nothing", async (t) => {
  const { ensure, marked } = project(t);
  const first = await ensure();
  assert.equal(first.code, 0, first.text);
  assert.match(first.text, /installing dependencies: npm ci/);
  assert.match(first.text, /building: node scripts\/build\.mjs/);
  assert.deepEqual(marked(), [install, "build"]);
  assert.deepEqual(await ensure(), { code: 0, text: "ready\n" });
  assert.deepEqual(marked(), [install, "build"]);
});

test("of two runs at once one works and the other waits for it", async (t) => {
  const { ensure, marked } = project(t);
  const runs = await Promise.all([ensure(), ensure(), ensure()]);
  for (const { code, text } of runs) assert.equal(code, 0, text);
  assert.deepEqual(marked(), [install, "build"]);
});

test("a lock that a dead run left is taken over", async (t) => {
  const { folder, ensure } = project(t);
  mkdirSync(join(folder, ".rtl"));
  writeFileSync(join(folder, ".rtl", "ensure.lock"), "4194305");
  const { code, text } = await ensure();
  assert.equal(code, 0, text);
});

test("a changed source is built again, and other dependencies are installed again", async (t) => {
  const { folder, ensure, marked } = project(t);
  await ensure();
  const later = new Date(Date.now() + 10_000);
  utimesSync(join(folder, "src", "a.ts"), later, later);
  await ensure();
  assert.deepEqual(marked(), [install, "build", "build"]);
  utimesSync(join(folder, "src", "a.ts"), 0, 0);
  writeFileSync(join(folder, "package-lock.json"), '{"changed":true}');
  utimesSync(join(folder, "package-lock.json"), later, later);
  await ensure();
  assert.deepEqual(marked(), [install, "build", "build", install]);
});

test("linked dependencies are left as they are", async (t) => {
  const { folder, ensure, marked } = project(t);
  mkdirSync(join(folder, "elsewhere"));
  symlinkSync(join(folder, "elsewhere"), join(folder, "node_modules"));
  const { code, text } = await ensure();
  assert.equal(code, 0, text);
  assert.match(text, /node_modules is a link/);
  assert.deepEqual(marked(), ["build"]);
});

test("a build that fails ends the run with its code, and the next run tries again", async (t) => {
  const { ensure } = project(t);
  const { code, text } = await ensure({ BUILD_FAILS: "1" });
  assert.equal(code, 3);
  assert.match(text, /building failed/);
  assert.equal((await ensure()).code, 0);
});

test("a Node that is too old is named with what is needed", async (t) => {
  const { folder, ensure } = project(t);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ engines: { node: ">=99.1" } }));
  const { code, text } = await ensure();
  assert.equal(code, 78);
  assert.match(text, /this is Node \d+\.\d+\.\d+, but rtl needs >=99\.1/);
});

test("a nats-server that is named but absent ends the run with 69", async (t) => {
  const { folder, ensure } = project(t);
  const { code, text } = await ensure({ RTL_NATS_SERVER: join(folder, "absent") });
  assert.equal(code, 69);
  assert.match(text, /RTL_NATS_SERVER=\S+absent is no program/);
});

test("without a nats-server the system's installer is asked", async (t) => {
  const { folder, ensure, marked } = project(t);
  rmSync(join(folder, "bin", "nats-server"));
  // The folders that are searched besides PATH are this machine's; here they are none.
  const file = join(folder, "scripts", "ensure.mjs");
  const text = readFileSync(file, "utf8").replace(/natsFolders = \[[^\]]*\]/, "natsFolders = []");
  writeFileSync(file, text);
  const bin = join(folder, "bin");
  const apt = `#!/bin/sh
case "$*" in
  *--version*) exit 0 ;;
  *install*) echo "install" >> "$MARKS"; [ -e "$MARKS.updated" ] || exit 100
    printf '#!/bin/sh\\n' > "${bin}/nats-server"; chmod +x "${bin}/nats-server" ;;
  *update*) echo "update" >> "$MARKS"; touch "$MARKS.updated" ;;
esac
`;
  writeFileSync(join(bin, "apt-get"), apt, { mode: 0o755 });
  writeFileSync(join(bin, "sudo"), '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o755 });
  writeFileSync(join(bin, "systemctl"), '#!/bin/sh\necho "systemctl $*" >> "$MARKS"\n', {
    mode: 0o755,
  });
  const result = await ensure();
  assert.equal(result.code, 0, result.text);
  const steps = marked().filter((mark) => !mark.startsWith("systemctl"));
  assert.deepEqual(steps, [install, "build", "install", "update", "install"]);
  for (const mark of marked().filter((other) => other.startsWith("systemctl"))) {
    assert.equal(mark, "systemctl disable --now nats-server.service");
  }
});

test("without a nats-server and without an installer the run says what to do", async (t) => {
  const { folder, ensure } = project(t);
  rmSync(join(folder, "bin", "nats-server"));
  const file = join(folder, "scripts", "ensure.mjs");
  const text = readFileSync(file, "utf8").replace(/natsFolders = \[[^\]]*\]/, "natsFolders = []");
  writeFileSync(file, text);
  writeFileSync(join(folder, "bin", "apt-get"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const result = await ensure();
  assert.equal(result.code, 69);
  assert.match(result.text, /sudo apt-get install nats-server/);
  assert.match(result.text, /RTL_NATS_SERVER/);
});

test("the script looks for nats-server where the services do", async () => {
  const href = new URL("../../../../scripts/ensure.mjs", import.meta.url).href;
  const script = (await import(href)) as { natsFolders: readonly string[] };
  assert.deepEqual(script.natsFolders, natsServerFolders);
});
