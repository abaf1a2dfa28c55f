import { alertingRules } from '../../alerting/rules/render.ts';
import { GROUPS } from '../../alerting/rules/table.ts';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { readBoards } from '../../dashboards/json-files.ts';
import { readBoard } from '../../dashboards/lint/board.ts';
import { parsePromql } from '../../dashboards/lint/promql/parse.ts';
import { namesIn } from '../../dashboards/lint/promql/walk.ts';
import { type Question, questionsOf } from '../../dashboards/questions/questions.ts';
import { type Cost, costOf, tracesOf } from './ask.ts';

/** How the boards are looked at: the last minutes of a service that is scraped every second. */
export const VIEWING = { rangeMs: 600_000, scrapeMs: 1000 } as const;

/** Everything that the boards ask. */
export const boardQuestions = (): readonly Question[] =>
  readBoards()
    .map(readBoard)
    .flatMap((board) => questionsOf(board, VIEWING));

/** Everything that the rules compute: an alert that does not fire has no series, a recording has some. */
export const ruleQuestions = (tuning: Tuning): Readonly<Record<'recorded' | 'alerting', readonly Question[]>> => {
  const now = (panel: string, expr: string): Question => ({
    ...{ board: 'rules', panel, refId: '', expr, isInstant: true, stepMs: VIEWING.scrapeMs, isPointer: false },
  });
  return {
    recorded: GROUPS.flatMap(({ recordings }) => recordings(tuning).map(({ record, expr }) => now(record, expr))),
    alerting: GROUPS.flatMap(({ alerts }) => alerts)
      .flatMap((alert) => alertingRules(alert, tuning))
      .map(({ alert, expr }) => now(alert, expr)),
  };
};

/** What a question is called in the list of those that may be empty. */
export const nameOf = ({ board, panel, refId }: Question): string =>
  [board.replace('Clawdbot / ', ''), panel, refId].filter((part) => part !== '').join(' › ');

/** Series that a question reads. */
export const namesAskedBy = ({ expr }: Question): readonly string[] => {
  const parsed = parsePromql(expr);
  return parsed.ok ? namesIn(parsed.expr) : [];
};

/** Asks all of them now, one after the other; throws at the first that Prometheus has a word against. */
export const askAll = async (url: string, questions: readonly Question[]): Promise<readonly Cost[]> => {
  const toMs = Date.now();
  const costs: Cost[] = [];
  for (const question of questions) {
    costs.push(await costOf(question, { url, fromMs: toMs - VIEWING.rangeMs, toMs }));
  }
  return costs;
};

/** The traces that a question points to now. */
export const askTraces = (url: string, question: Question): Promise<readonly string[]> =>
  tracesOf(question, { url, fromMs: Date.now() - VIEWING.rangeMs, toMs: Date.now() });

/** The dearest one, for whoever reads the log of the tests. */
export const saySlowest = (costs: readonly Cost[]): string => {
  const [slowest] = costs.toSorted((one, other) => other.ms - one.ms);
  if (slowest === undefined) return 'nothing was asked';
  const { question, ms, series, samples } = slowest;
  return `slowest of ${costs.length} questions: ${nameOf(question)}, ${ms.toFixed(0)} ms, ${series} series, ${samples} samples\n  ${question.expr}`;
};
