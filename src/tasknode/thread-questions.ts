/** Questions that a thread asks of its supervisor, which alone has a connection, and their answers. */
import type { AnswerMemory } from "./allowed-fetch.ts";
import type { FromThread, KeptAnswer, ToThread } from "./thread-messages.ts";

export interface ThreadQuestions extends AnswerMemory {
  /** Takes the answer to a question. */
  told(message: Extract<ToThread, { kind: "recalled" }>): void;
}

export function threadQuestions(send: (message: FromThread) => void): ThreadQuestions {
  const open = new Map<number, (kept: KeptAnswer | undefined) => void>();
  let asked = 0;
  return {
    recall(key) {
      const question = ++asked;
      return new Promise((resolve) => {
        open.set(question, resolve);
        send({ kind: "recall", question, key });
      });
    },
    remember: (key, answer, lifetimeMs) => send({ kind: "remember", key, answer, lifetimeMs }),
    told({ question, kept }) {
      open.get(question)?.(kept);
      open.delete(question);
    },
  };
}
