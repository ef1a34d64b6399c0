/**
 * How the text of an environment variable becomes a value. Each reader gives undefined for a text
 * that it does not take; what it takes instead is said in the setting's `expected`. No variable is
 * read here.
 */
import { z } from "zod";
import { durationMs } from "../protocol/duration.ts";
import { TOKEN } from "../protocol/ids.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

interface Description<T> {
  /** What the variable does, in a sentence. */
  readonly meaning: string;
  /** What a good value looks like: the end of the sentence "expected …". */
  readonly expected: string;
  /** Shown as the fix when the value is wrong. */
  readonly example: string;
  /** What the same was called in raspi-rtl, in either of its versions. */
  readonly was?: string;
  /** Used when the variable is unset or empty; a function when it depends on the machine. */
  readonly fallback: string | ((environment: Environment) => string);
  /** How the fallback is shown to people when it is a function. */
  readonly fallbackText?: string;
  readonly read: (text: string) => T | undefined;
}

/** A description without its reader: what can be shown. */
export type SettingText = Omit<Description<unknown>, "read">;

/** One variable as a schema from its text to its value. */
export function setting<T>(description: Description<T>) {
  const { read, ...shown } = description;
  return z
    .string()
    .transform((text, context): T => {
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message: `expected ${description.expected}` });
      return z.NEVER;
    })
    .meta({ ...shown });
}

/** A reader that also takes an empty text, which means "none". */
export const orNone =
  <T>(read: (text: string) => T | undefined) =>
  (text: string): { readonly value: T | undefined } | undefined => {
    if (text === "") return { value: undefined };
    const value = read(text);
    return value === undefined ? undefined : { value };
  };

export const anyText = (text: string): string => text;

export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number | undefined => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };

/** An even number of servers bears the loss of no more of them than the odd one below it. */
export const replicaCount = (text: string): number | undefined =>
  ["1", "3", "5"].includes(text) ? Number(text) : undefined;

/** A duration with its unit, or a bare number where the variable's own name says milliseconds. */
export const span =
  (minMs: number, maxMs: number, bare: "ms" | "refused") =>
  (text: string): number | undefined => {
    const value = bare === "ms" && /^\d{1,12}$/.test(text) ? Number(text) : durationMs(text);
    return value !== undefined && value >= minMs && value <= maxMs ? value : undefined;
  };

export const oneOf =
  <const Choice extends string>(choices: readonly Choice[], others: Record<string, Choice> = {}) =>
  (text: string): Choice | undefined => {
    const lower = text.toLowerCase();
    return choices.find((choice) => choice === lower) ?? others[lower];
  };

export const folderList = (text: string): readonly string[] =>
  text.split(":").filter((folder) => folder !== "");

export const token = (text: string): string | undefined => (TOKEN.test(text) ? text : undefined);

/** `k=v,k=v` as an object. */
export function labelList(text: string): Readonly<Record<string, string>> | undefined {
  const labels: Record<string, string> = {};
  for (const pair of text.split(",").filter((part) => part.trim() !== "")) {
    const [, key, value] = /^\s*([\w.-]{1,64})\s*=\s*([\w.:/-]{1,128})\s*$/.exec(pair) ?? [];
    if (key === undefined || value === undefined || Object.hasOwn(labels, key)) return undefined;
    labels[key] = value;
  }
  return labels;
}

/** Addresses of NATS servers of one cluster, separated by commas; a missing port is 4222. */
export function serverList(text: string): readonly string[] | undefined {
  const servers = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return servers.length > 0 && servers.every(isServerAddress) ? servers : undefined;
}

function isServerAddress(text: string): boolean {
  const address = text.includes("://") ? text : `nats://${text}`;
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return ["nats:", "tls:", "ws:", "wss:"].includes(protocol) && hostname !== "";
}

/** An address of this machine and a port, 0 for any: `10.0.0.7:4300`, `[::1]:0`. */
export function addressAndPort(
  text: string,
): { readonly host: string; readonly port: number } | undefined {
  const [, six, four, port] =
    /^(?:\[([0-9a-fA-F:]+)\]|([\w.-]{1,253})):(\d{1,5})$/.exec(text) ?? [];
  const host = six ?? four;
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}

/** Origins of web servers, without a path, in their normal form. */
export function originList(text: string): readonly string[] | undefined {
  const origins = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return origins.every(isOrigin) ? origins.map((origin) => new URL(origin).origin) : undefined;
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username } = new URL(text);
  return /^https?:$/.test(protocol) && pathname === "/" && `${search}${hash}${username}` === "";
}

/** Switches take the usual words; what other programs put into the same variable means "off". */
export const onWhen =
  (...words: readonly string[]) =>
  (text: string): boolean =>
    ["1", "true", "yes", "on", ...words].includes(text.trim().toLowerCase());
