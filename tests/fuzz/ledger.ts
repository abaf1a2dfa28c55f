import type { AnswerCheck } from '../contract/api/document.ts';
import type { Received } from '../contract/api/http-clients.ts';
import { problemsWith } from './judge.ts';
import type { Plan } from './plan.ts';

export type Outcome = Received | { readonly broken: string };

/** What came back so far, and what was wrong with it. */
export interface Ledger {
  /** By status, or by what became of the connection. */
  readonly counts: ReadonlyMap<string, number>;
  /** Operations that answered with success at least once. */
  readonly answered: ReadonlySet<string>;
  readonly violations: readonly string[];
  count(what: string): void;
  blame(turn: number, what: string): void;
  /** Enters an outcome and hands back the answer, where there is one. */
  enter(turn: number, plan: Plan, outcome: Outcome): Received | undefined;
}

const SHOWN_CHARACTERS = 600;

/** Holds every answer against the document. */
export const createLedger = (check: AnswerCheck): Ledger => {
  const counts = new Map<string, number>();
  const answered = new Set<string>();
  const violations: string[] = [];
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const blame = (turn: number, what: string) => void violations.push(`turn ${turn}: ${what}`);
  const enter = (turn: number, plan: Plan, outcome: Outcome): Received | undefined => {
    if ('broken' in outcome) {
      count(outcome.broken);
      if (!isHarmless(outcome.broken)) blame(turn, `${wordsOf(plan)}: ${outcome.broken}`);
      return undefined;
    }
    count(String(outcome.status));
    if (outcome.status < 300) answered.add(plan.operation);
    for (const problem of problemsWith(plan, outcome, check)) {
      blame(turn, `${wordsOf(plan)}: ${problem.slice(0, SHOWN_CHARACTERS)}`);
    }
    return outcome;
  };
  return { counts, answered, violations, count, blame, enter };
};

/** The client left itself, or would not send what it was given. */
const isHarmless = (broken: string): boolean => broken === 'left' || broken === 'UND_ERR_INVALID_ARG';

const wordsOf = ({ method, path, headers, body }: Plan): string => {
  const shown = Object.entries(headers).filter(([name, value]) => name !== 'authorization' || value.length < 50);
  return `${method} ${path.slice(0, 200)} ${JSON.stringify(Object.fromEntries(shown)).slice(0, 300)} ${body?.toString('latin1').slice(0, SHOWN_CHARACTERS) ?? ''}`;
};
