/**
 * One meaning for each colour, on every board. Each stands out from white and from the dark background (contrast 3 : 1 and
 * more), and those that meet in one panel stay apart for people who see no red, no green or no blue. Words and numbers say
 * the same beside them: no panel rests on colour alone.
 */
export const COLOURS = {
  /** As it should be: answered, ready, up, closed, applied. */
  good: '#009E73',
  /** Works, but not as it should: degraded, half open, near a limit. */
  worse: '#CC7A00',
  /** Failed, down, open, beyond its limit; also the line of a limit. */
  bad: '#D1352B',
  /** Took too long and was ended. */
  timedOut: '#AA00F2',
  /** Turned away before any work. */
  refused: '#006BB2',
  /** Neither good nor bad: cancelled by its client, idle, at rest, not known. */
  neutral: '#948DA6',
  /** Half of all are as fast as this (P50), … */
  usual: '#207680',
  /** … nine of ten (P90) … */
  slow: '#8579F2',
  /** … and 99 of 100 (P99). */
  slowest: '#BF8660',
  /** What comes in, is read: prompts, receive, read. */
  input: '#6699CC',
  /** What goes out, is written: answers, transmit, write. */
  output: '#48731D',
  /** Things of one kind side by side, models or devices or instances, in shades of one colour. */
  each: '#0066FF',
} as const;

export type Colour = keyof typeof COLOURS;

/** What states, outcomes and results are called, and what they mean. */
export const MEANINGS: Readonly<Record<string, Colour>> = {
  ...{
    ok: 'good',
    done: 'good',
    ready: 'good',
    standby: 'good',
    closed: 'good',
    applied: 'good',
    sent: 'good',
    delivered: 'good',
  },
  ...{ hit: 'good', shared: 'good', accepted: 'good', succeeded: 'good', success: 'good', normal: 'good' },
  ...{
    degraded: 'worse',
    half_open: 'worse',
    retry: 'worse',
    retried: 'worse',
    warning: 'worse',
    warn: 'worse',
    loading: 'worse',
  },
  ...{ starting: 'worse', restarting: 'worse', fetching: 'worse', draining: 'worse', pending: 'worse' },
  ...{
    error: 'bad',
    failed: 'bad',
    failure: 'bad',
    open: 'bad',
    not_ready: 'bad',
    unreachable: 'bad',
    critical: 'bad',
  },
  ...{ undelivered: 'bad', fatal: 'bad', timeout: 'timedOut', rejected: 'refused', refused: 'refused' },
  ...{ cancelled: 'neutral', nothing: 'neutral', dry_run: 'neutral', stopped: 'neutral', absent: 'neutral' },
  ...{ idle: 'neutral', miss: 'neutral', info: 'neutral', debug: 'neutral', unknown: 'neutral', none: 'neutral' },
  ...{ P50: 'usual', P90: 'slow', P95: 'slow', P99: 'slowest', limit: 'bad' },
  ...{ input: 'input', prefill: 'input', receive: 'input', read: 'input', in: 'input' },
  ...{ output: 'output', decode: 'output', transmit: 'output', write: 'output', out: 'output' },
};
