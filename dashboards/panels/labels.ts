import type { METRICS, MetricKey } from '../../core/telemetry/metrics.ts';

/** The name of a label on the wire: dots become underscores. */
export type Wire<Name extends string> = Name extends `${infer Head}.${infer Rest}` ? `${Head}_${Wire<Rest>}` : Name;

/** What every scrape adds. */
export type ScrapeLabel = 'job' | 'instance';

/** The labels of one instrument as Prometheus shows them. */
export type LabelOf<K extends MetricKey> = Wire<(typeof METRICS)[K]['labels'][number]>;

/** What values of labels must match: a word, a regular expression, or any of several words; `!` before a word means any other. */
export type Matchers<Label extends string> = Readonly<Partial<Record<Label, string | readonly string[]>>>;

/** Every selection follows the variables of its board. */
const FOLLOWED = ['job=~"$job"', 'instance=~"$instance"'] as const;

/** `{…}` of a selection: the variables of the board that its labels have, then what is asked for. */
export const selector = (labels: readonly string[], matchers: Matchers<string> = {}): string => {
  const followed = FOLLOWED.filter((text) => labels.some((label) => text.startsWith(`${label}=`)));
  const asked = Object.entries(matchers).map(([label, value]) => `${label}${matching(value)}`);
  return `{${[...followed, ...asked].join(',')}}`;
};

const matching = (value: string | readonly string[] = ''): string => {
  if (typeof value !== 'string') return `=~"${value.join('|')}"`;
  if (value.startsWith('!')) return `!="${value.slice(1)}"`;
  return /[|.*+$]/.test(value) ? `=~"${value}"` : `="${value}"`;
};
