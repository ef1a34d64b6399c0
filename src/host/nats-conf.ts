/**
 * The configuration of a server of one's own: ours, with no more of the disk for JetStream than its
 * volume bears. nats-server 2.9.10 stops answering for good when its disk is full, so it must refuse
 * what is new long before. The bound is found once for each store and then kept: a server that is
 * given less than it has does not load what is above it.
 */
import { readFileSync, statfsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { RtlError } from "../protocol/errors.ts";

/** Shares of the whole volume, and of what was free when the store was made. */
const SHARE_OF_VOLUME = 0.5;
const SHARE_OF_FREE = 0.75;
const MIB = 1024 * 1024;
const wholeBound = /^(\s*max_file:\s*)(\d+)(MB|GB)\s*$/m;
const keptBound = /^\s*max_file:\s*(\d+)MB\s*$/m;

/** What a server is given that is run by other means than ours. */
export interface NatsConfWish {
  /** `host:port`. */
  readonly listen: string;
  /** Folder for JetStream; without one, `-sd` says it. */
  readonly store?: string | undefined;
  /** Sizes as the server writes them, such as `2GB`. */
  readonly maxMemory?: string | undefined;
  readonly maxFile?: string | undefined;
}

/** `base`, our configuration, with what was wished. RTL_USAGE_INVALID for what the server would refuse. */
export function natsConfText(base: string, wish: NatsConfWish): string {
  const [, host, port] = /^(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})$/i.exec(wish.listen) ?? [];
  if (host === undefined || Number(port) > 65_535 || Number(port) === 0) {
    throw refused(`"${wish.listen}" is no host and port`, "such as 127.0.0.1:4222");
  }
  const bare = host.replace(/[[\]]/g, "");
  const store = wish.store && `  store_dir: ${JSON.stringify(resolve(wish.store))}\n`;
  return base
    .slice(base.indexOf("host:"))
    .replace(/^host:.*$/m, `host: ${JSON.stringify(bare)}`)
    .replace(/^port:.*$/m, `port: ${port}`)
    .replace(/^(\s*max_mem:\s*)(.*)$/m, (_, head, size) => head + sizeOr(wish.maxMemory, size))
    .replace(/^(\s*max_file:\s*)(.*)$/m, (_, head, size) => head + sizeOr(wish.maxFile, size))
    .replace(/^jetstream \{\n/m, (line) => `${line}${store ?? ""}`);
}

function sizeOr(wished: string | undefined, usual: string): string {
  if (wished === undefined) return usual;
  if (/^[1-9]\d{0,9}(MB|GB|TB)$/.test(wished)) return wished;
  throw refused(`"${wished}" is no size`, "write it as 512MB, 2GB or 1TB");
}

const refused = (why: string, fix: string): RtlError =>
  new RtlError("RTL_USAGE_INVALID", why, { fix });

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
