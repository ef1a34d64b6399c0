/**
 * What a node knows of jobs beyond the orders in its hands: who speaks for each, and what of it was
 * answered. One for each node; its block store asks it, too.
 */
import { KeptAnswers } from "./kept-answers.ts";
import { Terms } from "./terms.ts";

export class JobMemory {
  readonly terms = new Terms();
  readonly answers = new KeptAnswers();
}
