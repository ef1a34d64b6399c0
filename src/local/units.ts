/**
 * The systemd units of this machine, from those in deploy/systemd: the same text with the places of this
 * installation. What is written where is decided here; nothing here asks systemd for anything.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder } from "../host/make-folder.ts";
import { RtlError } from "../protocol/errors.ts";
import { asUserUnit } from "./user-units.ts";

export const unitRoles = ["nats", "relay", "tasknode"] as const;
export type UnitRole = (typeof unitRoles)[number];

export interface UnitPlan {
  readonly roles: readonly UnitRole[];
  /** Tasknodes of this machine, numbered from 1. */
  readonly nodes: number;
  /** The Node that runs the services. */
  readonly node: string;
  readonly natsServer: string;
  /** Files that systemd hands to the relay and the tasknodes, by the names under which they look for them. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Folder of a user's settings: units for the systemd of that user, instead of the machine's. */
  readonly userConfig?: string;
  /** A cluster's folder of this machine, whose server the NATS unit runs. */
  readonly hub?: Hub;
}

export interface Hub {
  /** Files that systemd hands to the server, by their names in its configuration. */
  readonly files: Readonly<Record<string, string>>;
  readonly conf: string;
}

export interface PlannedFile {
  /** Absolute, on the machine that it is for. */
  readonly path: string;
  readonly text: string;
  /** What somebody may have changed since is left as it is. */
  readonly isSetting: boolean;
}

/** The folder of this package: units name its compiled files. */
const packageFolder = fileURLToPath(new URL("../../../", import.meta.url));
const deployFolder = join(packageFolder, "deploy");
/** What the units in deploy/ name; the Debian package puts things there. */
const places = { node: "/usr/bin/node", rtl: "/usr/lib/rtl", nats: "/usr/sbin/nats-server" };

const fileOf = {
  nats: "rtl-nats.service",
  relay: "rtl-relay.service",
  tasknode: "rtl-tasknode@.service",
} as const;

/** The settings of a machine, each with its meaning and none of them set. */
export const settingsExample = (): string =>
  readFileSync(join(deployFolder, "rtl.env.example"), "utf8");

/** The units, and the settings that they read. */
export function plannedFiles(plan: UnitPlan): readonly PlannedFile[] {
  const { userConfig } = plan;
  const unitFolder = userConfig ? join(userConfig, "systemd/user") : "/etc/systemd/system";
  const settings = userConfig ? join(userConfig, "rtl") : "/etc/rtl";
  const units = ["rtl.target", ...plan.roles.map((role) => fileOf[role])].map((name) => ({
    path: join(unitFolder, name),
    text: placed(readFileSync(join(deployFolder, "systemd", name), "utf8"), plan),
    isSetting: false,
  }));
  const { credentials, hub } = plan;
  const dropIns = plan.roles.flatMap((role) => {
    const files = Object.entries(role === "nats" ? (hub?.files ?? {}) : credentials);
    if (files.length === 0) return [];
    const lines = files.map(([name, file]) => `LoadCredential=${name}:${file}\n`);
    const path = join(unitFolder, `${fileOf[role]}.d`, "credentials.conf");
    return [{ path, text: `[Service]\n${lines.join("")}`, isSetting: false }];
  });
  const environment = {
    path: join(settings, "rtl.env"),
    text: settingsExample(),
    isSetting: true,
  };
  const nats = {
    path: join(settings, "nats.conf"),
    text: hub?.conf ?? readFileSync(join(packageFolder, "nats.conf"), "utf8"),
    isSetting: hub === undefined,
  };
  return [...units, ...dropIns, environment, ...(plan.roles.includes("nats") ? [nats] : [])];
}

const placed = (text: string, { node, natsServer, userConfig }: UnitPlan): string =>
  (userConfig === undefined ? text : asUserUnit(text))
    .replaceAll(places.node, node)
    .replaceAll(`${places.rtl}/`, packageFolder)
    .replaceAll(places.nats, natsServer);

/** Names for systemctl: what starts with the machine. */
export const unitNames = ({
  roles,
  nodes,
}: Pick<UnitPlan, "roles" | "nodes">): readonly string[] => [
  "rtl.target",
  ...roles.flatMap((role) =>
    role === "tasknode"
      ? Array.from({ length: nodes }, (_, at) => `rtl-tasknode@${at + 1}.service`)
      : [fileOf[role]],
  ),
];

/** Writes them below a root. Returns the paths that were written; settings that are there stay. */
export function writeFiles(files: readonly PlannedFile[], root: string): readonly string[] {
  return files.flatMap(({ path, text, isSetting }) => {
    const place = join(root, path);
    if (isSetting && existsSync(place)) return [];
    return withRights(place, () => {
      makeFolder(dirname(place));
      writeFileSync(place, text);
      return [place];
    });
  });
}

/** Removes the units of these files, with their drop-ins; settings stay. Returns what was there. */
export function removeFiles(files: readonly PlannedFile[], root: string): readonly string[] {
  return files.flatMap(({ path, isSetting }) => {
    const place = join(root, path);
    if (isSetting || !existsSync(place)) return [];
    return withRights(place, () => {
      rmSync(place);
      rmSync(`${place}.d`, { recursive: true, force: true });
      return [place];
    });
  });
}

function withRights<T>(place: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const text = `${place} cannot be written: ${message}`;
    if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
      throw new RtlError("RTL_RIGHTS_MISSING", text, { fix: "do it as root: sudo rtl service …" });
    }
    throw new RtlError("RTL_OUTPUT_REFUSED", text, { cause: error });
  }
}
