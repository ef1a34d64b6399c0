/**
 * The certificates of a cluster: a small authority of its own, and what it signs for servers and members.
 * Keys are P-256, certificates are text in PEM. Nothing here touches a file.
 */
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

export interface Pair {
  /** Certificate and key, in PEM. */
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 24 * 3_600_000;
/** Clocks of machines that have just started are wrong by hours. */
const notBefore = (): Date => new Date(Date.now() - DAY_MS);
const after = (days: number): Date => new Date(Date.now() + days * DAY_MS);

/** A new authority, good for so many days. */
export async function makeAuthority(name: string, days: number): Promise<Pair> {
  const keys = await makeKeys();
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: notBefore(),
    notAfter: after(days),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${cert.toString("pem")}\n`, key: await pemOf(keys.privateKey) };
}

export interface Wanted {
  readonly name: string;
  /** Host names and addresses of a server; absent: the certificate is a member's. */
  readonly hosts?: readonly string[];
  readonly days: number;
}

/** A certificate that the authority signs. A server's serves towards other servers, too. */
export async function makeCertificate(authority: Pair, wanted: Wanted): Promise<Pair> {
  const { name, hosts, days } = wanted;
  const keys = await makeKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${name}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await privateKeyOf(authority.key),
    signingAlgorithm: algorithm,
    notBefore: notBefore(),
    notAfter: after(days),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(hosts ? [serverAuth, clientAuth] : [clientAuth], false),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(hosts ? [new x509.SubjectAlternativeNameExtension(hosts.map(named))] : []),
    ],
  });
  return { cert: `${cert.toString("pem")}\n`, key: await pemOf(keys.privateKey) };
}

const named = (host: string): x509.JsonGeneralName => ({
  type: isIP(host) === 0 ? "dns" : "ip",
  value: host,
});

const serial = (): string => `01${randomBytes(15).toString("hex")}`;

const makeKeys = async () =>
  (await webcrypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ])) as webcrypto.CryptoKeyPair;

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey("pkcs8", key);
  return `${x509.PemConverter.encode(bytes, "PRIVATE KEY")}\n`;
}

async function privateKeyOf(pem: string): Promise<webcrypto.CryptoKey> {
  const bytes = x509.PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey("pkcs8", bytes, algorithm, false, ["sign"]);
}
