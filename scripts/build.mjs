// Compiles the project into a fresh dist/ and writes the command manifest.
// It starts from an empty dist, so that no stale file survives a rename, and marks its end, so that
// half a build is never taken for a whole one.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const begun = new Date();
rmSync(`${root}/dist`, { recursive: true, force: true });
const run = (script, ...args) => {
  const { status } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
};
run("node_modules/typescript/bin/tsc");
if (existsSync(`${root}/dist/cli/manifest.js`)) run("dist/cli/manifest.js");

// npm makes it a program only when it links or installs the package, which a new build undoes.
chmodSync(`${root}/dist/cli/main.js`, 0o755);

// What was changed while it was compiled is younger than the mark.
writeFileSync(`${root}/dist/.built`, "");
utimesSync(`${root}/dist/.built`, begun, begun);
