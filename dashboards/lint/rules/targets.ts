import { type Board, isPointer, panelsOf, type Target } from '../board.ts';
import { type Finding, findingAt, type Place } from '../finding.ts';
import { type Expr, type Matcher, parsePromql, type Selector } from '../promql/parse.ts';
import { selectorsOf, walk } from '../promql/walk.ts';
import type { SeriesTable } from '../series.ts';
import { fillIn, RATE_INTERVAL, sampleOf, samplesOf } from '../variables.ts';

/** Every question to Prometheus: valid, about series there are, of the chosen jobs and instances, counters as rates. */
export const lintTargets = (board: Board, series: SeriesTable): readonly Finding[] => [
  ...panelsOf(board).flatMap((panel) =>
    panel.targets.flatMap((target) => lintExpression({ board, panel, target }, exprOf(target), series)),
  ),
  ...board.annotations.list.flatMap(({ expr }) => (expr === undefined ? [] : lintExpression({ board }, expr, series))),
];

const exprOf = ({ expr }: Target): string | undefined => (expr === undefined || expr === '' ? undefined : expr);

const lintExpression = (place: Place, text: string | undefined, series: SeriesTable): readonly Finding[] => {
  if (text === undefined) return [];
  const { text: filled, unknown } = fillIn(text, samplesOf(place.board));
  const say = (rule: string, expected: string, found: string): Finding => findingAt(place, rule, { expected, found });
  if (unknown.length > 0) {
    return unknown.map((name) => say('target-variable', 'variables of this board', `$${name} in ${text}`));
  }
  const parsed = parsePromql(filled);
  if (!parsed.ok) return [say('target-promql-rule', 'valid PromQL', `a fault near "${parsed.near}" in ${text}`)];
  const nodes = walk(parsed.expr);
  const isPointing = place.target !== undefined && isPointer(place.target);
  return [
    ...selectorsOf(parsed.expr).flatMap((selector) => [
      ...named(selector, series).map((found) =>
        say('target-metric', 'a metric of the catalogue or a recorded series', found),
      ),
      ...unfiltered(selector, series).map((label) =>
        say(`target-${label}-rule`, `${label}=~"$${label}"`, `${printSelector(selector)}`),
      ),
    ]),
    ...nodes.flatMap((node) => [
      ...(isPointing ? [] : unrated(node, series)).map((found) =>
        say('target-counter-agg-rule', 'rate or increase of a counter', found),
      ),
      ...rawRange(node, series).map((found) =>
        say('target-recorded', 'a range of a recorded series: boards are read at 30 days too', found),
      ),
      ...fixedRange(node).map((found) => say('target-rate-interval-rule', 'rate over [$__rate_interval]', found)),
    ]),
  ];
};

const named = ({ name, matchers }: Selector, series: SeriesTable): readonly string[] => {
  if (name === '') return matchers.some(({ label }) => label === '__name__') ? [] : ['a selector without a name'];
  return series.has(name) ? [] : [name];
};

/** An alert has the labels of its own expression: few have an instance, and the one that always fires has no job either. */
const ALERT_SERIES: readonly string[] = ['ALERTS', 'ALERTS_FOR_STATE'];
const isWatchdog = ({ label, value }: Matcher): boolean => label === 'alertname' && value === 'Watchdog';

/** The labels that a selector must choose by and does not. A recorded series has those that its level names. */
const unfiltered = ({ name, matchers }: Selector, series: SeriesTable): readonly string[] => {
  const isAlert = ALERT_SERIES.includes(name);
  if (isAlert && matchers.some(isWatchdog)) return [];
  const level = isAlert ? ['job'] : (series.labelsOf(name) ?? /^([a-z_]+):/.exec(name)?.[1]?.split('_'));
  const wanted = ['job', 'instance'].filter((label) => level === undefined || level.includes(label));
  return wanted.filter((label) => {
    const chosen = (value: string): boolean => value === sampleOf(label);
    return !matchers.some((matcher) => matcher.label === label && matcher.op === '=~' && chosen(matcher.value));
  });
};

const printSelector = ({ name, matchers }: Selector): string =>
  `${name}{${matchers.map(({ label, op, value }) => `${label}${op}"${value.replace(/^__var_/, '$')}"`).join(',')}}`;

type Node = ReturnType<typeof walk>[number];

const GROWTH: readonly string[] = ['rate', 'irate', 'increase', 'resets', 'changes'];

/** A counter that no function makes a growth of. Buckets, counts and sums of histograms are counters too. */
const unrated = ({ expr, parents }: Node, series: SeriesTable): readonly string[] => {
  if (expr.kind !== 'selector' || !series.isCounter(expr.name)) return [];
  const isRated = parents.some((parent) => parent.kind === 'call' && GROWTH.includes(parent.name));
  return isRated || isCounted(parents) ? [] : [printSelector(expr)];
};

/** Which series there are says as much of counters as of others. */
const isCounted = (parents: readonly Expr[]): boolean =>
  parents.some((parent) => (parent.kind === 'aggregate' && parent.op === 'count') || isPresence(parent));
const isPresence = (parent: Expr): boolean => parent.kind === 'call' && /^(absent|present)/.test(parent.name);

const fixedRange = ({ expr, parents }: Node): readonly string[] => {
  if (expr.kind !== 'selector' || expr.range === undefined || expr.range === RATE_INTERVAL) return [];
  const [parent] = parents;
  const isRate = parent?.kind === 'call' && (parent.name === 'rate' || parent.name === 'irate');
  return isRate ? [`${parent.name}(${expr.name}[${expr.range}])`] : [];
};

/** Months of every sample of a scrape cost more than a board may. */
const rawRange = ({ expr }: Node, series: SeriesTable): readonly string[] =>
  expr.kind === 'selector' && expr.range !== undefined && series.isScraped(expr.name) ? [printSelector(expr)] : [];
