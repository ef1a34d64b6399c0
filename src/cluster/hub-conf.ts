/** The configuration of a cluster's NATS server, and what it reads: text only. */
import type { Claims } from "./accounts.ts";

export interface HubPlaces {
  /** Folder of the certificates and of operator.jwt, as the server sees it. */
  readonly folder: string;
  /** Where the server keeps the accounts that it is told of; it must be able to write there. */
  readonly accounts: string;
  readonly port: number;
}

/**
 * `base` is the package's nats.conf: limits and pings are the same everywhere. Where JetStream keeps its
 * data is said on the command line: nats-server -c nats.conf -sd FOLDER.
 */
export function hubConf(base: string, claims: Claims, places: HubPlaces): string {
  const { folder, accounts, port } = places;
  const common = base.slice(base.indexOf("# Tables above"));
  return `# The NATS server of an rtl cluster, made by \`rtl cluster init\`. It takes encrypted connections
# only, from those whose certificate its authority has signed and whose credentials its account knows.

host: "0.0.0.0"
port: ${port}

tls {
  cert_file: ${said(`${folder}/server.pem`)}
  key_file: ${said(`${folder}/server.key`)}
  ca_file: ${said(`${folder}/ca.pem`)}
  verify: true
  timeout: 5
}

operator: ${said(`${folder}/operator.jwt`)}
system_account: ${claims.system.publicKey}
# What \`rtl cluster revoke\` says is kept here, and told to the other servers of the cluster.
resolver {
  type: full
  dir: ${said(accounts)}
  allow_delete: false
  interval: "2m"
}
resolver_preload {
  ${claims.system.publicKey}: ${claims.system.jwt}
  ${claims.account.publicKey}: ${claims.account.jwt}
}

${common}`;
}

/** A text in the server's configuration language. */
const said = (text: string): string => JSON.stringify(text);
