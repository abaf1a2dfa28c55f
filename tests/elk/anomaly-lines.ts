/** Lines of a service as they lie in its streams, made for a stretch of minutes. */
const MINUTE_MS = 60_000;
const NANOSECONDS = 1e6;

interface Line {
  readonly stream: 'access' | 'app';
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Minutes {
  readonly from: number;
  readonly minutes: number;
  /** Requests of each minute. */
  readonly requests: number;
  /** Of them, those that fail; default none. */
  readonly errors?: number;
  readonly durationMs?: number;
  /** Error lines of each minute, besides. */
  readonly says?: (at: number) => string;
  /** How long a line was on its way. */
  readonly lateMs?: number;
}

/** Requests evenly over each minute, a probe in between that is no inference, and what the app log says about failures. */
export const linesOf = (made: Minutes): Line[] =>
  Array.from({ length: made.minutes }, (_minute, at) => linesOfMinute(made, made.from + at * MINUTE_MS)).flat();

const linesOfMinute = (
  { requests, errors = 0, durationMs = 200, says, lateMs = 1000 }: Minutes,
  from: number,
): Line[] => {
  const stamped = (at: number) => ({
    '@timestamp': new Date(at).toISOString(),
    event: { ingested: new Date(at + lateMs).toISOString() },
    service: { name: 'clawdbot' },
    host: { name: 'box' },
  });
  const access = (at: number, more: object, event: object): Line => {
    const base = stamped(at);
    return { stream: 'access', body: { ...base, ...more, event: { ...base.event, ...event } } };
  };
  const answered = Array.from({ length: requests }, (_request, index) => {
    // Durations vary, so that a percentile is not a mean.
    const duration = durationMs * NANOSECONDS * (1 + 0.3 * Math.sin(7 * index));
    const tokens = { gen_ai: { usage: { input_tokens: 90, output_tokens: 120 + (index % 7) } } };
    const labels = { outcome: index < errors ? 'error' : 'ok', redactions: index % 4 === 0 ? 1 : 0 };
    return access(from + (index * MINUTE_MS) / requests, { ...tokens, labels }, { duration: Math.round(duration) });
  });
  const probe = access(from + 59_000, { url: { path: '/api/v1/health' } }, { duration: NANOSECONDS });
  const said = (says === undefined ? [] : [0, 1, 2]).map((part): Line => {
    const at = from + 20_000 * part;
    const base = stamped(at);
    const event = { ...base.event, action: 'request.failed' };
    return { stream: 'app', body: { ...base, event, log: { level: 'error' }, message: says?.(at + part) } };
  });
  return [...answered, probe, ...said];
};

/** As `_bulk` takes them. */
export const asBulk = (lines: readonly Line[], namespace: string): string =>
  lines
    .map(({ stream, body }) => {
      const index = `logs-clawdbot.${stream}-${namespace}`;
      return `${JSON.stringify({ create: { _index: index } })}\n${JSON.stringify(body)}\n`;
    })
    .join('');
