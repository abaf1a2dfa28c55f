import type { ActionsConfig } from '../../../core/config/schema.ts';
import type { Alert } from '../action.ts';

/** A row of `actions.policy` whose action is known and whose bounds are checked. */
export interface PolicyRow extends Omit<ActionsConfig['policy'][number], 'bounds'> {
  readonly bounds: unknown;
}

/** What a row says to an alert that fires: ask the action, or leave it and why. */
export type Verdict = { readonly row: PolicyRow } & (
  | { readonly ask: true }
  | { readonly ask: false; readonly reason: string }
);

interface Question {
  readonly receiver: string;
  readonly alert: Alert;
  readonly now: number;
  /** When an action was last asked about such an alert. */
  readonly lastAsked: (action: string) => number | undefined;
}

/** What is to be done about an alert that fires: one verdict for each action, by the first row that fits and names it. */
export const judge = (
  rows: readonly PolicyRow[],
  { receiver, alert, now, lastAsked }: Question,
): readonly Verdict[] => {
  const fitting = rows.filter((row) => fits(row, receiver, alert.labels));
  const first = fitting.filter((row, at) => fitting.findIndex(({ action }) => action === row.action) === at);
  return first.map((row) => {
    const sinceMs = now - (lastAsked(row.action) ?? Number.NEGATIVE_INFINITY);
    // A clock that was set back proves nothing: what was asked in the future counts as long ago.
    if (sinceMs >= row.cooldownMs || sinceMs < 0) return { row, ask: true };
    const reason = `asked about the same alert ${seconds(sinceMs)} ago, and cooldownMs is ${seconds(row.cooldownMs)}`;
    return { row, ask: false, reason };
  });
};

const fits = (row: PolicyRow, receiver: string, labels: Alert['labels']): boolean =>
  (row.receiver === undefined || row.receiver === receiver) &&
  Object.entries(row.match).every(([name, wanted]) => {
    const value = labels[name] ?? '';
    return typeof wanted === 'string' ? wanted === value : wanted.includes(value);
  });

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
