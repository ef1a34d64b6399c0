/** Amounts of memory and disk as people write them: so many bytes, or a share of what there is. */
import { totalmem } from "node:os";

export type Amount = { readonly bytes: number } | { readonly share: number };

const KIB = 1024;
const units = new Map([
  ["", 1],
  ["K", KIB],
  ["M", KIB ** 2],
  ["G", KIB ** 3],
  ["T", KIB ** 4],
]);

/** `512MiB`, `512M`, `10GB`, `1048576`, `25%`; K, M, G and T are powers of 1024. */
export function readAmount(text: string): Amount | undefined {
  const [, number, unit = "", percent] =
    /^(\d{1,15}(?:\.\d{1,3})?)\s*(?:([KMGT]?)(?:i?B)?|(%))$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  if (percent !== undefined) {
    const share = Number(number) / 100;
    return share > 0 && share <= 1 ? { share } : undefined;
  }
  const bytes = Math.round(Number(number) * (units.get(unit.toUpperCase()) ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? { bytes } : undefined;
}

export const bytesOf = (amount: Amount, whole: number): number =>
  "bytes" in amount ? amount.bytes : Math.floor(amount.share * whole);

/** Memory that this process may use: the machine's, or what its control group has of it, in bytes. */
export function memoryBytes(): number {
  // Without a bound the group's is a number beyond all memory, or zero.
  const bound = process.constrainedMemory() ?? 0;
  return bound > 0 ? Math.min(bound, totalmem()) : totalmem();
}
