/**
 * Fetches nats-server for a machine that has no package of it: the release for its system and processor, from
 * the makers' releases or a mirror, held to the checksum that stands beside it or was given. Nothing is
 * kept that does not fit, and nothing is ever fetched without being asked for.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { RtlError } from "../protocol/errors.ts";
import { makeFolder } from "./make-folder.ts";
import type { Environment } from "./setting.ts";

export const natsVersion = "2.10.27";
export const natsReleases = "https://github.com/nats-io/nats-server/releases/download";

const ARCHIVE_BYTES_MAX = 100 * 1024 * 1024;
const PATIENCE_MS = 5 * 60_000;

/** Where it is put, and looked for. */
export const natsFolder = (environment: Environment): string =>
  join(environment["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "rtl", "bin");

export interface NatsWish {
  readonly version: string;
  /** Releases lie below `<base>/v<version>/`. */
  readonly base: string;
  readonly folder: string;
  /** The archive's SHA-256; absent: that of the release's own list. */
  readonly sha256?: string | undefined;
}

const platforms: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin" };
const processors: Readonly<Record<string, string>> = {
  ...{ x64: "amd64", arm64: "arm64", arm: "arm7", ia32: "386" },
};

/** The release's file for this machine; RTL_BUS_UNFIT where there is none. */
export function archiveName(version: string, platform: string, processor: string): string {
  const [system, arch] = [platforms[platform], processors[processor]];
  if (system !== undefined && arch !== undefined) {
    return `nats-server-v${version}-${system}-${arch}.tar.gz`;
  }
  throw new RtlError(
    "RTL_BUS_UNFIT",
    `no nats-server is released for ${platform} on ${processor}`,
    {
      fix: "use a server on another machine: export NATS_URL=nats://host:4222",
    },
  );
}

/** Resolves with the program's path. Throws RTL_BUS_UNREACHABLE, or RTL_FILE_INVALID for what does not fit. */
export async function installNats({ version, base, folder, sha256 }: NatsWish): Promise<string> {
  const name = archiveName(version, process.platform, process.arch);
  const release = `${base.replace(/\/$/, "")}/v${version}`;
  const wanted = sha256 ?? listed(await get(`${release}/SHA256SUMS`, 1024 * 1024), name, release);
  const archive = await get(`${release}/${name}`, ARCHIVE_BYTES_MAX);
  const found = createHash("sha256").update(archive).digest("hex");
  if (found !== wanted.toLowerCase()) {
    throw new RtlError("RTL_FILE_INVALID", `${name} has the checksum ${found}, not ${wanted}`, {
      fix: "do not use it; try again, or from another place with --from",
    });
  }
  return unpack(archive, folder);
}

function listed(list: Uint8Array, name: string, release: string): string {
  const lines = Buffer.from(list).toString("utf8").split("\n");
  const line = lines.map((text) => text.trim().split(/\s+/)).find(([, file]) => file === name);
  if (line?.[0] !== undefined && /^[0-9a-f]{64}$/i.test(line[0])) return line[0];
  throw new RtlError("RTL_FILE_INVALID", `${release}/SHA256SUMS does not list ${name}`, {
    fix: "choose another --version, or give the archive's checksum with --sha256",
  });
}

async function get(url: string, bytesMax: number): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of response.body ?? []) {
      bytes += part.length;
      if (bytes > bytesMax) throw new Error(`it is larger than ${bytesMax} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts);
  } catch (cause) {
    const why =
      cause instanceof Error ? (cause.cause instanceof Error ? cause.cause : cause).message : "";
    throw new RtlError("RTL_BUS_UNREACHABLE", `${url} cannot be fetched: ${why}`, {
      cause,
      fix: "look at the network, or fetch it from another place with --from",
    });
  }
}

/** The program of the archive, in its place; one that was there is replaced in one step. */
async function unpack(archive: Uint8Array, folder: string): Promise<string> {
  makeFolder(folder);
  const beside = mkdtempSync(join(folder, ".unpacking-"));
  try {
    const options = ["-xzf", "-", "-C", beside, "--strip-components=1"];
    const tar = spawn("tar", options, { stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    tar.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    // What cannot be read any more ends the program first, which tells why.
    tar.stdin.on("error", () => undefined).end(archive);
    const [code] = await once(tar, "close");
    const program = join(folder, "nats-server");
    if (code === 0) {
      chmodSync(join(beside, "nats-server"), 0o755);
      renameSync(join(beside, "nats-server"), program);
      return program;
    }
    throw new Error(said.trim() || `tar ended with ${code}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RtlError("RTL_FILE_INVALID", `the archive cannot be unpacked: ${why}`, { cause });
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
