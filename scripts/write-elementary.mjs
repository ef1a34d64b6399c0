// Compiles src/compute/arithmetic/elementary.wat into src/compute/arithmetic/elementary-code.ts. Run it after a build, when
// the source or a constant in elementary-design.ts was changed; a unit test says when it is due.
// The compiler is no dependency of the project: npm install --no-save wabt@1.0.39
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import wabt from "wabt";
import { withConstants } from "../dist/src/compute/arithmetic/elementary-design.js";

const folder = fileURLToPath(new URL("../src/compute/arithmetic", import.meta.url));
const source = withConstants(readFileSync(`${folder}/elementary.wat`, "utf8"));
const digest = createHash("sha256").update(source).digest("hex");
const compiled = (await wabt()).parseWat("elementary.wat", source, { simd: true });
const base64 = Buffer.from(compiled.toBinary({}).buffer).toString("base64");
const lines = base64.match(/.{1,96}/g) ?? [];

writeFileSync(
  `${folder}/elementary-code.ts`,
  `/**
 * elementary.wat as compiled by scripts/write-elementary.mjs. Never edited by hand.
 */

/** SHA-256 of the source with its constants in place. */
export const sourceDigest = "${digest}";

/** The WebAssembly module in base64. */
export const code = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`,
);
