#!/usr/bin/env node
/**
 * Where `rtl` begins. The version is answered before anything is imported: scripts ask for it often,
 * and loading the command line's machinery costs several times a bare start of Node.
 */
import { readFileSync } from "node:fs";

const [first, ...others] = process.argv.slice(2);
if (others.length === 0 && (first === "--version" || first === "-v")) {
  const manifest = new URL("../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  process.stdout.write(
    `rtl/${version} ${process.platform}-${process.arch} node-${process.version}\n`,
  );
} else {
  const { execute, settings } = await import("@oclif/core");
  // We always run what was compiled; looking for TypeScript sources beside it only costs time.
  settings.enableAutoTranspile = false;
  await execute({ dir: import.meta.url });
}
