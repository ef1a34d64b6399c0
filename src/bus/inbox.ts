/** Where the answers to a member come in: the server lets nobody else listen there. */
import type { Member } from "../host/nats-credentials.ts";

export const inboxOf = ({ name }: Pick<Member, "name">): string => `_INBOX.${name}`;
