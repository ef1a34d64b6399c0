/**
 * The configuration of a server of one's own: ours, with no more of the disk for JetStream than its
 * volume bears. nats-server 2.9.10 stops answering for good when its disk is full, so it must refuse
 * what is new long before. The bound is found once for each store and then kept: a server that is
 * given less than it has does not load what is above it.
 */
import { readFileSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Shares of the whole volume, and of what was free when the store was made. */
const SHARE_OF_VOLUME = 0.5;
const SHARE_OF_FREE = 0.75;
const MIB = 1024 * 1024;
const wholeBound = /^(\s*max_file:\s*)(\d+)(MB|GB)\s*$/m;
const keptBound = /^\s*max_file:\s*(\d+)MB\s*$/m;

/** Writes the configuration into the store's folder, where it is not yet; its path. */
export function natsConfFor(storeDir: string, conf: string): string {
  const text = readFileSync(conf, "utf8");
  const found = wholeBound.exec(text);
  if (found === null) return conf;
  const [, head = "", size = "", unit] = found;
  const wantedMb = Number(size) * (unit === "GB" ? 1024 : 1);
  const file = join(storeDir, "nats.conf");
  const mb = Math.min(wantedMb, keptMb(file) ?? roomMb(storeDir));
  writeFileSync(file, text.replace(wholeBound, `${head}${mb}MB`));
  return file;
}

/** The bound that the store was made with. */
function keptMb(file: string): number | undefined {
  try {
    const kept = keptBound.exec(readFileSync(file, "utf8"))?.[1];
    return kept === undefined ? undefined : Number(kept);
  } catch {
    return undefined;
  }
}

function roomMb(folder: string): number {
  const { blocks, bavail, bsize } = statfsSync(folder);
  const bytes = Math.min(blocks * SHARE_OF_VOLUME, bavail * SHARE_OF_FREE) * bsize;
  return Math.max(1, Math.floor(bytes / MIB));
}
