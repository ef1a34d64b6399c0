/**
 * What a machine keeps of its membership, and what its services are told of it: planned here as files and
 * settings, written by whoever asked.
 */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../host/make-folder.ts";
import { RtlError } from "../protocol/errors.ts";
import type { Invitation } from "./invitation.ts";

/** File names in the folder, which are those under which services look for their credentials. */
export const membershipFiles = ["nats.creds", "ca.pem", "cert.pem", "key.pem"] as const;

/** Variables of the environment that name these files. */
const variables = {
  NATS_CREDS: "nats.creds",
  NATS_CA: "ca.pem",
  NATS_CERT: "cert.pem",
  NATS_KEY: "key.pem",
} as const;

/** Writes the secrets into a folder that only its owner may enter; each is whole or not there. */
export function writeMembership(folder: string, invitation: Invitation): readonly string[] {
  const { credentials, ca, cert, key } = invitation;
  const texts = { "nats.creds": credentials, "ca.pem": ca, "cert.pem": cert, "key.pem": key };
  try {
    makeFolder(folder, 0o755);
    const beside = mkdtempSync(join(folder, ".joining-"));
    try {
      return membershipFiles.map((name) => {
        writeFileSync(join(beside, name), texts[name], { mode: 0o600 });
        const place = join(folder, name);
        renameSync(join(beside, name), place);
        return place;
      });
    } finally {
      rmSync(beside, { recursive: true, force: true });
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const isRights = code === "EACCES" || code === "EPERM" || code === "EROFS";
    const kind = isRights ? "RTL_RIGHTS_MISSING" : "RTL_OUTPUT_REFUSED";
    throw new RtlError(kind, `${folder} cannot be written: ${message}`, {
      cause,
      fix: "do it as root: sudo rtl cluster join, or choose another folder with --dir",
    });
  }
}

/** Lines for a shell or an environment file, for whoever is no service of this machine. */
export const environmentLines = (folder: string, { servers }: Invitation): readonly string[] => [
  `NATS_URL=${servers.join(",")}`,
  ...Object.entries(variables).map(([key, file]) => `${key}=${join(folder, file)}`),
];

/** A file of settings with the servers of the cluster instead of those that it named; all else stays. */
export function withServers(settings: string, { servers }: Invitation): string {
  const line = `NATS_URL=${servers.join(",")}`;
  const isThere = /^#?NATS_URL=.*$/m;
  return isThere.test(settings) ? settings.replace(isThere, line) : `${settings}\n${line}\n`;
}

/** The settings as they are, or nothing where there are none yet. */
export function readSettings(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new RtlError("RTL_RIGHTS_MISSING", `${file} cannot be read`, {
      cause,
      fix: "do it as root: sudo rtl cluster join",
    });
  }
}
