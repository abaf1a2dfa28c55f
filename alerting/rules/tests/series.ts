import type { ExtraStory, Proof } from './proof.ts';

/** Where the series of stories come from. */
export const GATEWAY = { job: 'clawdbot', instance: 'box:8443' } as const;
export const COLLECTORS = { job: 'clawdbot-collectors', instance: 'box:9464' } as const;
export const MODEL = { job: 'clawdbot', gen_ai_request_model: 'small' } as const;
export const GPU = { ...COLLECTORS, hw_type: 'gpu', hw_id: 'GPU-1' } as const;
export const NPU = { ...COLLECTORS, hw_type: 'npu', hw_id: 'NPU-1' } as const;

/** A series as promtool names it. */
export const series = (name: string, labels: Readonly<Record<string, string>>): string =>
  `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(',')}}`;

/** What grows when something happened. */
interface Counted {
  readonly counter: string;
  readonly windowMs: number;
  readonly forMs?: number;
  readonly stepMs?: number;
  /** How often it may not happen; default: once. */
  readonly times?: number;
  readonly labels: Proof['labels'];
  readonly says: Proof['says'];
  readonly also?: Proof['also'];
}

/** Steps of a window: few, because every step costs an evaluation of every variant of the rule. */
const STEPS = 10;
const STEP_MS = 15_000;
const BEFORE = 1000;

/** Proof of an alert that counts what happened in a window: so often is enough, and nearly so often is not. */
export const counted = (what: Counted): Proof => {
  const { counter, windowMs, forMs = 0, stepMs = windowMs / STEPS, times = 1, labels, says, also = [] } = what;
  // The window lies wholly within the series, so that nothing is extrapolated.
  const lead = windowMs / stepMs + 2;
  const atMs = (lead + forMs / stepMs + 1) * stepMs;
  const jump = (by: number) => ({ [counter]: `${BEFORE}x${lead - 1} ${BEFORE + by}x${windowMs / stepMs}` });
  const stories: readonly ExtraStory[] = [
    { name: `${times} is enough`, series: jump(times), atMs, firing: [labels] },
    { name: 'a little less is not', series: jump(times * 0.95), atMs, firing: [] },
  ];
  return {
    series: { [counter]: { counter: [0, 0, times] } },
    ...{ labels, says, stepMs, warmUp: 1, settleMs: windowMs, also: [...stories, ...also] },
  };
};

/** Proof of an alert about a share of requests: with a wave of them, and with too few to tell. */
export const share = (
  what: Pick<Proof, 'labels' | 'says' | 'also' | 'stepMs'> & {
    readonly of: string;
    readonly limit: number;
    readonly beyond: number;
  },
): Proof => {
  const { of, limit, beyond, labels, says, also = [], ...rest } = what;
  const enough = series('job:clawdbot_requests:increase5m', { job: 'clawdbot' });
  const forLong = (requests: number) => ({ [of]: `${beyond}x30`, [enough]: `${requests}x30` });
  const atMs = 29 * (rest.stepMs ?? STEP_MS);
  return {
    series: { [of]: { gauge: [0, limit, beyond] }, [enough]: { gauge: [20, 20, 20] } },
    ...{ labels, says, ...rest },
    also: [
      { name: 'nineteen requests are too few', series: forLong(19), atMs, firing: [] },
      { name: 'twenty-one are enough', series: forLong(21), atMs, firing: [labels] },
      ...also,
    ],
  };
};
