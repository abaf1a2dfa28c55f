import { createEgress } from '../../../core/egress/egress.ts';
import { gateTo } from '../../../core/egress/policy.ts';

/** What fired, and when for the first and the last time, in seconds since 1970. */
export interface Fired {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly from: number;
  readonly to: number;
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** Questions to the Prometheus of a drill; each rejects while nobody answers. */
export interface AskPrometheus {
  /** Where it answers now; throws while nobody knows. */
  readonly url: string;
  /** Every sample of the last seconds, so that nothing falls between two steps. */
  firedFor(seconds: number): Promise<readonly Fired[]>;
  /** Those that fire now, without the one that always does. */
  firing(): Promise<readonly ActiveAlert[]>;
  /** Every sample of a series within the last seconds: when, in milliseconds since 1970, and what. */
  samples(selector: string, seconds: number): Promise<readonly { readonly at: number; readonly value: number }[]>;
  /** The first value of an expression; undefined where there is none. */
  value(expression: string): Promise<number | undefined>;
}

const TIMEOUT_MS = 5000;
const MOST_BYTES = 2 ** 26;
const ALWAYS = 'Watchdog';

/** `urlNow` is asked each time: after a restart it may answer elsewhere. */
export const askPrometheus = (urlNow: () => string): AskPrometheus => {
  const ask = async (path: string): Promise<unknown> => {
    const url = new URL(path, urlNow());
    const egress = createEgress({ gate: gateTo(url), headersTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS });
    try {
      const answer = await egress.request(url);
      const text = await answer.readText(MOST_BYTES);
      if (answer.status !== 200) throw new Error(`Prometheus answers ${answer.status}: ${text.slice(0, 300)}`);
      return (JSON.parse(text) as { data: unknown }).data; // its documented envelope
    } finally {
      await egress.close();
    }
  };
  const query = async (expression: string): Promise<readonly Series[]> => {
    const data = await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`);
    return (data as { result: Series[] }).result; // of an expression that is no scalar
  };
  return {
    get url() {
      return urlNow();
    },
    async firedFor(seconds) {
      const series = await query(`ALERTS{alertstate="firing"}[${Math.max(1, Math.ceil(seconds))}s]`);
      return series.map(({ metric, values = [] }) => ({
        ...{ name: metric.alertname ?? '', labels: metric },
        ...{ from: values[0]?.[0] ?? 0, to: values.at(-1)?.[0] ?? 0 },
      }));
    },
    async samples(selector, seconds) {
      const series = await query(`${selector}[${Math.max(1, Math.ceil(seconds))}s]`);
      return (series[0]?.values ?? []).map(([at, value]) => ({ at: at * 1000, value: Number(value) }));
    },
    async firing() {
      const { alerts } = (await ask('/api/v1/alerts')) as { alerts: ActiveAlert[] }; // its documented answer
      return alerts.filter(({ state, labels }) => state === 'firing' && labels.alertname !== ALWAYS);
    },
    async value(expression) {
      const [first] = await query(expression);
      return first?.value === undefined ? undefined : Number(first.value[1]);
    },
  };
};
