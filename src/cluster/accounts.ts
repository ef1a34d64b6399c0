/**
 * Who may use the bus, as NATS itself keeps it: an operator vouches for two accounts, one for the system
 * and one for rtl, and the account of rtl for its members. All of it is signed text; seeds of keys are
 * secrets. Nothing here touches a file or a server.
 */
import {
  type Account,
  createAccount,
  createOperator,
  createUser,
  encodeAccount,
  encodeOperator,
  encodeUser,
  fmtCreds,
  fromSeed,
  type User,
} from "nats-jwt";
import { ROLE_TAG } from "../host/nats-credentials.ts";
import { type MemberRole, permissionsOf } from "./permissions.ts";

/** Seeds of the keys that sign. */
export interface Seeds {
  readonly operator: string;
  readonly system: string;
  readonly account: string;
}

/** Signed texts that a server reads. */
export interface Claims {
  readonly operator: string;
  readonly system: Named;
  readonly account: Named;
}

interface Named {
  readonly publicKey: string;
  readonly jwt: string;
}

/** Since when, in seconds since the epoch, what was signed for this key is void. */
export type Revocations = Readonly<Record<string, number>>;

const utf8 = { encode: (text: string) => new TextEncoder().encode(text) };
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const keysOf = (seed: string) => fromSeed(utf8.encode(seed));

const unbounded = {
  ...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1 },
  wildcards: true,
};
const stored = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

export function makeSeeds(): Seeds {
  return {
    operator: textOf(createOperator().getSeed()),
    system: textOf(createAccount().getSeed()),
    account: textOf(createAccount().getSeed()),
  };
}

/** What a server of the cluster reads; `name` is the cluster's. */
export async function claimsOf(
  name: string,
  seeds: Seeds,
  revocations: Revocations,
): Promise<Claims> {
  const operator = keysOf(seeds.operator);
  const system = keysOf(seeds.system);
  const account = keysOf(seeds.account);
  const signed = { signer: operator };
  const systemLimits: Partial<Account> = { limits: unbounded };
  const accountLimits: Partial<Account> = { limits: { ...unbounded, ...stored }, revocations };
  return {
    operator: await encodeOperator(name, operator, { system_account: system.getPublicKey() }),
    system: {
      publicKey: system.getPublicKey(),
      jwt: await encodeAccount("SYS", system, systemLimits, signed),
    },
    account: {
      publicKey: account.getPublicKey(),
      jwt: await encodeAccount("RTL", account, accountLimits, signed),
    },
  };
}

export interface MemberCredentials {
  /** Text of a credentials file; it holds a secret. */
  readonly credentials: string;
  readonly publicKey: string;
}

/** How long after a question it may be answered, in nanoseconds. */
const ANSWER_NS = 60_000_000_000;

/** Credentials of a member of rtl's account. */
export async function memberCredentials(
  { account }: Seeds,
  name: string,
  role: MemberRole,
): Promise<MemberCredentials> {
  const { publish, subscribe, answers } = permissionsOf(role, name);
  const claims = {
    pub: { allow: [...publish], deny: [] },
    sub: { allow: [...subscribe], deny: [] },
    ...(answers && { resp: { max: 1, ttl: ANSWER_NS } }),
  };
  return userOf(name, account, { ...claims, tags: [`${ROLE_TAG}${role}`] });
}

/** Credentials of whoever may tell servers what has changed in the accounts. */
export const systemCredentials = ({ system }: Seeds): Promise<MemberCredentials> =>
  userOf("system", system, {});

async function userOf(
  name: string,
  seed: string,
  claims: Partial<User>,
): Promise<MemberCredentials> {
  const user = createUser();
  const jwt = await encodeUser(name, user, keysOf(seed), claims);
  return { credentials: textOf(fmtCreds(jwt, user)), publicKey: user.getPublicKey() };
}
