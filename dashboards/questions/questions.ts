import { type Board, type BoardPanel, isPointer, panelsOf } from '../lint/board.ts';
import { fillIn } from '../lint/variables.ts';
import { pointsOf, rateIntervalMs, stepMs } from './steps.ts';

/** One question to Prometheus as Grafana sends it. */
export interface Question {
  readonly board: string;
  readonly panel: string;
  readonly refId: string;
  readonly expr: string;
  /** A value of now instead of a line. */
  readonly isInstant: boolean;
  readonly stepMs: number;
  /** Asked for its exemplars alone: it has no values. */
  readonly isPointer: boolean;
}

export interface Viewing {
  readonly rangeMs: number;
  readonly scrapeMs: number;
  /** Values of variables; the others show everything. */
  readonly values?: Readonly<Record<string, string>>;
  /** Leaves out what is folded away, as a reader does who just opens the board. */
  readonly isFolded?: boolean;
}

/** Everything that a board asks Prometheus when it is looked at; throws on a variable that has no value. */
export const questionsOf = (board: Board, viewing: Viewing): readonly Question[] => {
  const panels = viewing.isFolded === true ? board.panels.filter(({ type }) => type !== 'row') : panelsOf(board);
  return [
    ...panels.flatMap((panel) =>
      panel.targets.flatMap((target) => {
        const { expr, refId, instant = false } = target;
        const step = stepOf(panel, viewing);
        if (expr === undefined || expr === '') return [];
        const text = filledFor(board, expr, { ...viewing, stepMs: step });
        return [
          {
            board: board.title,
            panel: panel.title,
            refId,
            expr: text,
            isInstant: instant,
            stepMs: step,
            isPointer: isPointer(target),
          },
        ];
      }),
    ),
    ...board.annotations.list.flatMap(({ expr, name, enable }) => {
      if (expr === undefined || (viewing.isFolded === true && enable === false)) return [];
      const step = stepMs({ rangeMs: viewing.rangeMs, points: pointsOf(24), leastMs: viewing.scrapeMs });
      const text = filledFor(board, expr, { ...viewing, stepMs: step });
      return [
        {
          board: board.title,
          panel: `(annotation) ${name}`,
          refId: '',
          expr: text,
          isInstant: false,
          stepMs: step,
          isPointer: false,
        },
      ];
    }),
  ];
};

const stepOf = ({ interval, gridPos }: BoardPanel, { rangeMs, scrapeMs }: Viewing): number => {
  const least = Math.max(scrapeMs, typeof interval === 'string' ? msOf(interval) : 0);
  return stepMs({ rangeMs, points: pointsOf(gridPos?.w ?? 24), leastMs: least });
};

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const msOf = (duration: string): number => {
  const [, count = '', unit = ''] = /^>?(\d+)(ms|[smhd])$/.exec(duration) ?? [];
  const ms = UNITS_MS[unit];
  if (ms === undefined) throw new TypeError(`expected a duration such as 30s, got "${duration}"`);
  return Number(count) * ms;
};

/** What "All" puts in for a variable of labels. */
const EVERYTHING = '.+';

const filledFor = (board: Board, expr: string, viewing: Viewing & { readonly stepMs: number }): string => {
  const times: Readonly<Record<string, string>> = {
    __rate_interval: `${rateIntervalMs(viewing.stepMs, viewing.scrapeMs)}ms`,
    __interval: `${viewing.stepMs}ms`,
    __interval_ms: `${viewing.stepMs}`,
    __range: `${viewing.rangeMs}ms`,
    __range_s: `${viewing.rangeMs / 1000}`,
    __range_ms: `${viewing.rangeMs}`,
  };
  const { text, unknown } = fillIn(expr, (name) => times[name] ?? viewing.values?.[name] ?? chosen(board, name));
  if (unknown.length > 0) throw new TypeError(`${board.title}: nobody defines $${unknown.join(', $')} in ${expr}`);
  return text;
};

const chosen = ({ templating }: Board, name: string): string | undefined => {
  const variable = templating.list.find((one) => one.name === name);
  if (variable === undefined) return undefined;
  if (variable.type === 'query') return variable.allValue ?? EVERYTHING;
  return [variable.current?.value].flat()[0];
};
