/**
 * apache-arrow, loaded when it is first needed: what travels between our own processes is read and
 * written without it, and most processes never meet anything else. This is the only door to it.
 */
import { createRequire } from "node:module";

type Arrow = typeof import("apache-arrow", { with: { "resolution-mode": "import" }});

let loaded: Arrow | undefined;

/** The library; about a tenth of a second and ten megabytes at the first call, nothing after it. */
export function arrow(): Arrow {
  // Reading is synchronous everywhere, and so must this be: import() would not do.
  loaded ??= createRequire(import.meta.url)("apache-arrow") as Arrow;
  return loaded;
}
