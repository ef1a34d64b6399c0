/**
 * Writes oclif.manifest.json at build time, so that a call of one command loads that command alone.
 * It is never run by users.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Plugin, settings } from "@oclif/core";

settings.enableAutoTranspile = false;
const root = fileURLToPath(new URL("../..", import.meta.url));
const plugin = new Plugin({
  root,
  type: "core",
  ignoreManifest: true,
  errorOnManifestCreate: true,
});
await plugin.load();
writeFileSync(`${root}/oclif.manifest.json`, `${JSON.stringify(plugin.manifest, null, 2)}\n`);
