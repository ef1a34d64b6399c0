/**
 * What a member of the bus may say and hear, by its role: made from the route table and from what the
 * parts of the store are for, so that a new route cannot be forgotten. The server holds everybody to it.
 */
import { type BucketName, buckets, cancelStream, eventStream } from "../cache/bounds.ts";
import { type ClientRole, clientRoles, type Route, routes } from "../protocol/routes.ts";

export const memberRoles = ["relay", "tasknode", ...clientRoles] as const;
export type MemberRole = (typeof memberRoles)[number];

export interface Permissions {
  /** Subjects, with `*` for one token and `>` for the rest. */
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Whether it may answer those who ask it, for a minute after the question. */
  readonly answers: boolean;
}

/** Who asks must be a client that is at least that. */
const isAtLeast = (role: ClientRole, least: ClientRole): boolean =>
  clientRoles.indexOf(role) >= clientRoles.indexOf(least);

/** What a member of this name may do in this role. */
export function permissionsOf(role: MemberRole, name: string): Permissions {
  const all: readonly Route[] = Object.values(routes);
  const subjects = (side: "from" | "to") =>
    all
      .filter((route) => concerns(route, side, role))
      .map((route) => filled(route.subject, side === "from" ? name : "*"));
  // A service answers whoever asks, at any time; relays tell a job's events to where it came from.
  const isService = role === "relay" || role === "tasknode";
  return {
    publish: [...subjects("from"), isService ? "_INBOX.>" : "$SRV.>", ...storeOf(role)],
    subscribe: [...subjects("to"), `_INBOX.${name}.>`, ...(isService ? ["$SRV.>"] : [])],
    answers: !isService && role !== "viewer",
  };
}

function concerns(route: Route, side: "from" | "to", role: MemberRole): boolean {
  if (role === "relay" || role === "tasknode") return route[side].includes(role);
  const least = side === "to" ? (route.leastToHear ?? route.least) : route.least;
  return least !== undefined && route[side].includes("dispatcher") && isAtLeast(role, least);
}

/** A member speaks under its own name only. Whoever is meant by the rest of a subject is not the server's business. */
const filled = (subject: string, name: string): string =>
  subject.replace("{user}", name).replaceAll(/\{\w+\}/g, "*");

const streamOf = (bucket: BucketName): string => `KV_${buckets[bucket].name}`;

/** Where members speak to the server's store. */
function storeOf(role: MemberRole): readonly string[] {
  if (role === "relay" || role === "admin") {
    return ["$JS.API.>", "$KV.>", "$JS.ACK.>", "$JS.FC.>"];
  }
  if (role === "tasknode")
    return ["$JS.API.INFO", ...ownBucket("answers"), ...madeWith("RTL_ROOM")];
  const seen = [streamOf("schemas"), streamOf("jobs"), streamOf("results"), eventStream.name];
  return [
    "$JS.API.INFO",
    ...seen.flatMap(readable),
    ...followed(eventStream.name),
    ...(role === "dispatcher" ? [`$KV.${buckets.schemas.name}.>`] : []),
  ];
}

const readable = (stream: string): readonly string[] => [
  `$JS.API.STREAM.INFO.${stream}`,
  `$JS.API.STREAM.MSG.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}.>`,
];

/** To read a stream in order, with a consumer of one's own. */
const followed = (stream: string): readonly string[] => [
  `$JS.API.CONSUMER.CREATE.${stream}`,
  `$JS.API.CONSUMER.CREATE.${stream}.>`,
  `$JS.API.CONSUMER.INFO.${stream}.*`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
  `$JS.API.CONSUMER.DELETE.${stream}.*`,
  `$JS.ACK.${stream}.>`,
  "$JS.FC.>",
];

const madeWith = (stream: string): readonly string[] => [
  `$JS.API.STREAM.CREATE.${stream}`,
  `$JS.API.STREAM.UPDATE.${stream}`,
  `$JS.API.STREAM.DELETE.${stream}`,
];

/** A bucket that the member makes where it is missing, reads and writes. */
const ownBucket = (bucket: BucketName): readonly string[] => [
  ...readable(streamOf(bucket)),
  `$JS.API.STREAM.CREATE.${streamOf(bucket)}`,
  `$JS.API.STREAM.UPDATE.${streamOf(bucket)}`,
  `$JS.API.STREAM.PURGE.${streamOf(bucket)}`,
  `$KV.${buckets[bucket].name}.>`,
];

/** Streams that only relays and admins may change; a test tries it. */
export const guardedStreams: readonly string[] = [
  streamOf("jobs"),
  streamOf("results"),
  streamOf("dead"),
  eventStream.name,
  cancelStream.name,
];
