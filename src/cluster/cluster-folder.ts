/**
 * A cluster as it lies in a folder of the machine that it was set up on: its authority, its accounts and
 * the list of its members. Whoever can read the folder can make members; only its owner may.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { tellAccounts } from "../bus/tell-accounts.ts";
import { fromJson } from "../host/from-json.ts";
import { makeFolder } from "../host/make-folder.ts";
import { RtlError } from "../protocol/errors.ts";
import { token } from "../protocol/messages.ts";
import {
  type Claims,
  claimsOf,
  makeSeeds,
  memberCredentials,
  systemCredentials,
} from "./accounts.ts";
import { makeAuthority, makeCertificate } from "./authority.ts";
import { hubConf } from "./hub-conf.ts";
import type { Invitation } from "./invitation.ts";
import { type MemberRole, memberRoles } from "./permissions.ts";

/** What a server of the cluster reads, beside its configuration. */
export const serverFiles = ["server.pem", "server.key", "ca.pem", "operator.jwt"] as const;

const SECRET = { mode: 0o600 } as const;
const AUTHORITY_DAYS = 20 * 365;

const memberSchema = z.object({
  name: token,
  role: z.enum(memberRoles),
  publicKey: z.string(),
  invitedAt: z.string(),
  revokedAt: z.string().optional(),
});
export type ClusterMember = z.infer<typeof memberSchema>;

const clusterSchema = z.object({
  v: z.literal(1),
  name: token,
  servers: z.array(z.string()).min(1),
  port: z.int().min(1).max(65_535),
  seeds: z.object({ operator: z.string(), system: z.string(), account: z.string() }),
  members: z.array(memberSchema),
});
type ClusterState = z.infer<typeof clusterSchema>;

export interface NewCluster {
  readonly name: string;
  /** Names and addresses under which the hub is reached. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly days: number;
  /** Text of the package's nats.conf. */
  readonly baseConf: string;
}

export class ClusterFolder {
  readonly folder: string;
  #state: ClusterState;

  private constructor(folder: string, state: ClusterState) {
    this.folder = folder;
    this.#state = state;
  }

  /** Sets a new cluster up. RTL_USAGE_INVALID where there is one already. */
  static async create(folder: string, wanted: NewCluster): Promise<ClusterFolder> {
    if (existsSync(join(folder, "cluster.json"))) {
      throw new RtlError("RTL_USAGE_INVALID", `there is a cluster in ${folder} already`, {
        fix: "choose another folder with --dir; to begin anew, move this one away",
      });
    }
    const { name, hosts, port, days } = wanted;
    withRights(folder, () => makeFolder(folder, 0o700));
    const authority = await makeAuthority(`${name} authority`, AUTHORITY_DAYS);
    const local = ["localhost", "127.0.0.1"];
    const all = [...new Set([...hosts, ...local])];
    const server = await makeCertificate(authority, { name: hosts[0] ?? name, hosts: all, days });
    const seeds = makeSeeds();
    const claims = await claimsOf(name, seeds, {});
    const system = await systemCredentials(seeds);
    const servers = hosts.map((host) => `tls://${host.includes(":") ? `[${host}]` : host}:${port}`);
    const cluster = new ClusterFolder(folder, {
      v: 1,
      name,
      servers,
      port,
      seeds,
      members: [],
    });
    cluster.#write("ca.pem", authority.cert);
    cluster.#write("ca.key", authority.key);
    cluster.#write("server.pem", server.cert);
    cluster.#write("server.key", server.key);
    cluster.#write("operator.jwt", claims.operator);
    cluster.#write("system.creds", system.credentials);
    const system509 = await makeCertificate(authority, { name: "system", days });
    cluster.#write("system.pem", system509.cert);
    cluster.#write("system.key", system509.key);
    const places = { folder, accounts: join(folder, "accounts"), port };
    cluster.#write("nats.conf", hubConf(wanted.baseConf, claims, places));
    cluster.#save();
    return cluster;
  }

  /** RTL_USAGE_INVALID where there is none. */
  static open(folder: string): ClusterFolder {
    const file = join(folder, "cluster.json");
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EACCES" || code === "EPERM") throw noRights(file, cause);
      throw new RtlError("RTL_USAGE_INVALID", `there is no cluster in ${folder}`, {
        cause,
        fix: "set one up with rtl cluster init, or name its folder with --dir",
      });
    }
    const parsed = clusterSchema.safeParse(fromJson(text));
    if (parsed.success) return new ClusterFolder(folder, parsed.data);
    const where = parsed.error.issues[0]?.path.join(".") || "its form";
    throw new RtlError("RTL_FILE_INVALID", `${file} is damaged: ${where} does not fit`, {
      fix: "bring it back from a backup",
    });
  }

  get name(): string {
    return this.#state.name;
  }

  get port(): number {
    return this.#state.port;
  }

  get servers(): readonly string[] {
    return this.#state.servers;
  }

  get members(): readonly ClusterMember[] {
    return this.#state.members;
  }

  /** What servers read, with all that is revoked. */
  claims(): Promise<Claims> {
    const revocations: Record<string, number> = {};
    for (const { publicKey, revokedAt } of this.members) {
      if (revokedAt !== undefined) revocations[publicKey] = Math.ceil(Date.parse(revokedAt) / 1000);
    }
    return claimsOf(this.name, this.#state.seeds, revocations);
  }

  /** A new member, with its secrets, which are kept nowhere else. */
  async invite(
    name: string,
    role: MemberRole,
    { servers, days }: { readonly servers: readonly string[]; readonly days: number },
  ): Promise<Invitation> {
    const member = this.members.find((one) => one.name === name && one.revokedAt === undefined);
    if (member !== undefined) {
      throw new RtlError("RTL_USAGE_INVALID", `${name} is a member already, as ${member.role}`, {
        fix: `choose another name, or first: rtl cluster revoke ${name}`,
      });
    }
    const { credentials, publicKey } = await memberCredentials(this.#state.seeds, name, role);
    const { cert, key } = await makeCertificate(this.#authority, { name, days });
    const invitedAt = new Date().toISOString();
    const members = [...this.members, { name, role, publicKey, invitedAt }];
    this.#state = { ...this.#state, members };
    this.#save();
    const ca = this.#authority.cert;
    const found = servers.length > 0 ? [...servers] : [...this.servers];
    return { name, role, servers: found, credentials, ca, cert, key };
  }

  /** Marks the member's credentials as void; servers have to be told. RTL_USAGE_INVALID for no member. */
  revoke(name: string): void {
    const isMeant = (one: ClusterMember) => one.name === name && one.revokedAt === undefined;
    if (!this.members.some(isMeant)) {
      throw new RtlError("RTL_USAGE_INVALID", `no member is named ${name}`, {
        fix: "see who there is with: rtl cluster ls",
      });
    }
    const revokedAt = new Date().toISOString();
    const members = this.members.map((one) => (isMeant(one) ? { ...one, revokedAt } : one));
    this.#state = { ...this.#state, members };
    this.#save();
  }

  /**
   * Tells the servers who is revoked, which cuts them off; those that do not run hear it from the others.
   * RTL_BUS_UNREACHABLE where none of them answers.
   */
  async tell(servers: readonly string[]): Promise<void> {
    const read = (file: string) => readFileSync(join(this.folder, file), "utf8");
    const tls = { ca: read("ca.pem"), cert: read("system.pem"), key: read("system.key") };
    const { account } = await this.claims();
    await tellAccounts(servers, { credentials: read("system.creds"), tls }, account.jwt);
  }

  get #authority() {
    const read = (file: string) => readFileSync(join(this.folder, file), "utf8");
    return { cert: read("ca.pem"), key: read("ca.key") };
  }

  #save(): void {
    this.#write("cluster.json", `${JSON.stringify(this.#state, undefined, 2)}\n`);
  }

  /** Beside its place first: half a list of members would be worse than an old one. */
  #write(file: string, text: string): void {
    const place = join(this.folder, file);
    withRights(place, () => {
      writeFileSync(`${place}.new`, text, SECRET);
      renameSync(`${place}.new`, place);
    });
  }
}

function withRights(place: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM" || code === "EROFS") throw noRights(place, error);
    throw new RtlError("RTL_OUTPUT_REFUSED", `${place} cannot be written: ${message}`, {
      cause: error,
      fix: "choose another folder with --dir",
    });
  }
}

const noRights = (place: string, cause: unknown): RtlError =>
  new RtlError("RTL_RIGHTS_MISSING", `${place} is not ours to read and write`, {
    cause,
    fix: "do it as its owner, for example with sudo, or name another folder with --dir",
  });
