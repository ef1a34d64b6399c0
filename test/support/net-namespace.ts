/**
 * A network of a test's own: a namespace with one link to this machine, which can be taken down. That
 * is a cut as a pulled cable makes it: nobody is told, and what was under way is sent again when it is
 * back. It needs the rights of root; where they are missing the caller is told, and does without.
 */
import { execFileSync } from "node:child_process";
import type { Ending } from "./temp-folder.ts";

export interface NetNamespace {
  /** For processes that run in it. */
  readonly name: string;
  /** This machine's address, seen from inside. */
  readonly hostAddress: string;
  /** Takes the link down. */
  cut(): void;
  heal(): void;
}

let made = 0;

/** Undefined where namespaces are not permitted. Gone with `t`. */
export function netNamespace(t: Ending): NetNamespace | undefined {
  const number = made++;
  // Names of links have 15 characters at most.
  const tag = `rtl${process.pid % 100_000}x${number}`;
  const [outer, inner] = [`${tag}o`, `${tag}i`];
  const subnet = `10.203.${(process.pid + number) % 250}`;
  const ip = (...words: string[]) => execFileSync("ip", words, { stdio: "pipe" });
  const inside = (...words: string[]) => ip("-n", tag, ...words);
  try {
    ip("netns", "add", tag);
  } catch {
    return undefined;
  }
  t.after(() => {
    ip("netns", "del", tag);
  });
  ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", tag);
  ip("addr", "add", `${subnet}.1/24`, "dev", outer);
  inside("addr", "add", `${subnet}.2/24`, "dev", inner);
  inside("link", "set", inner, "up");
  inside("link", "set", "lo", "up");
  ip("link", "set", outer, "up");
  return {
    name: tag,
    hostAddress: `${subnet}.1`,
    cut: () => void ip("link", "set", outer, "down"),
    heal: () => void ip("link", "set", outer, "up"),
  };
}
