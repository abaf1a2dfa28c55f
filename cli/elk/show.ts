import type { CheckOutcome, Outcome } from '../../elk/apply/apply.ts';
import type { Flow } from '../../elk/apply/flow.ts';
import type { KibanaOutcome } from '../../elk/apply/kibana.ts';
import type { Step } from '../../elk/apply/plan.ts';
import { type Difference, keyOf } from '../../elk/resource.ts';

const MAX_DIFFERENCES = 8;
const MAX_VALUE = 80;

/** What `elk apply` did, or would do, a line each. */
export const showOutcome = (
  server: string,
  { cluster, steps, rollovers, keys, leftOut }: Outcome,
): readonly string[] => [
  `${server}: version ${cluster.version}, tiers ${cluster.tiers}`,
  ...[...leftOut].map(([need, reason]) => `  left out: ${need} (${reason})`),
  ...steps.flatMap(showStep),
  ...rollovers.map(({ name, writeIndex }) => `  roll over ${name}: ${writeIndex} was made from other templates`),
  ...keys.map(({ action, name, note }) => `  ${action === 'none' ? 'kept' : action} API key ${name}: ${note}`),
];

/** The same of Kibana. */
export const showKibana = (server: string, { version, steps }: KibanaOutcome): readonly string[] => [
  `${server}: version ${version}`,
  ...steps.flatMap(showStep),
];

/** What is as it should be is not worth a line. */
const showStep = ({ resource, action, differences, risk }: Step): readonly string[] =>
  action === 'none'
    ? []
    : [
        `  ${action} ${keyOf(resource)}${risk === undefined ? '' : ` (destructive: ${risk})`}`,
        ...(action === 'create' ? [] : showDifferences(differences)),
      ];

const showDifferences = (differences: readonly Difference[]): readonly string[] => [
  ...differences
    .slice(0, MAX_DIFFERENCES)
    .map(({ at, expected, got }) => `    ${at || 'all of it'}: expected ${brief(expected)}, got ${brief(got)}`),
  ...(differences.length > MAX_DIFFERENCES ? [`    and ${differences.length - MAX_DIFFERENCES} more`] : []),
];

const brief = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
};

interface Changes {
  readonly steps: readonly Step[];
  readonly rollovers?: readonly unknown[];
  readonly keys?: Outcome['keys'];
}

/** The changes of outcomes. */
export const changesIn = (...outcomes: readonly Changes[]): number =>
  outcomes.reduce(
    (sum, { steps, rollovers = [], keys = [] }) =>
      sum + [...steps, ...keys].filter(({ action }) => action !== 'none').length + rollovers.length,
    0,
  );

const WORDS = {
  flowing: 'flows',
  quiet: 'quiet',
  late: 'NOT FLOWING',
  missing: 'NOT FLOWING: no document of the last day',
} as const satisfies Record<Flow['state'], string>;

/** What flows and what does not, a line for each stream. */
export const showFlows = ({ flows }: Pick<CheckOutcome, 'flows'>): readonly string[] =>
  flows.map(({ stream, state, ageSeconds, lagMs, marked, failed }) =>
    [
      `  ${stream}: ${WORDS[state]}`,
      ...(ageSeconds === undefined ? [] : [`newest ${ageSeconds} s old`]),
      ...(lagMs === undefined ? [] : [`at most ${Math.round(lagMs)} ms late in a day`]),
      ...(marked === 0 ? [] : [`${marked} marked by the pipeline (tags: clawdbot_*)`]),
      ...(failed === 0 ? [] : [`${failed} in the failure store`]),
    ].join(', '),
  );

/** Streams that should flow and do not. */
export const stalledIn = ({ flows }: Pick<CheckOutcome, 'flows'>): readonly Flow[] =>
  flows.filter(({ state, failed }) => state === 'late' || state === 'missing' || failed > 0);
