import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createEgress, type Egress } from '../../../core/egress/egress.ts';
import { gateTo } from '../../../core/egress/policy.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { keyText, type SeriesKey } from '../signals.ts';
import { QUESTIONS, type Question, TOTALS } from './questions.ts';
import type { MetricSource, Points, Span } from './source.ts';

interface Options {
  /** `anomaly.prometheusUrl`. */
  readonly url: string | undefined;
  /** `dataPaths(data).run`, where the one of `clawdbot up` says where it is. */
  readonly runDir: string;
}

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 33_554_432;
/** An answer has 11,000 points of a series at most. */
const MOST_POINTS = 2000;

const answer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
});
type Series = z.output<typeof answer>['data']['result'];

/** Reads the numbers of the service from Prometheus, by `query_range`: one question for each kind, whatever the time. */
export const openPrometheus = (options: Options): MetricSource => {
  let open: { readonly url: string; readonly egress: Egress } | undefined;
  const way = async () => {
    const url = options.url ?? (await boxOf(options.runDir));
    if (open?.url === url) return open;
    await open?.egress.close();
    const timeouts = { headersTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS, connectTimeoutMs: TIMEOUT_MS };
    open = { url, egress: createEgress({ gate: gateTo(new URL(url)), ...timeouts }) };
    return open;
  };
  const ask = async (query: string, { lengthMs, first, last }: Span): Promise<Series> => {
    const { url, egress } = await way();
    // What an interval holds is known at its end.
    const [start, end] = [first + 1, last + 1].map((slot) => (slot * lengthMs) / 1000);
    const parameters = new URLSearchParams({ query, start: `${start}`, end: `${end}`, step: `${lengthMs / 1000}` });
    const { status, readText } = await egress.request(`${url.replace(/\/$/, '')}/api/v1/query_range?${parameters}`);
    const text = await readText(MOST_BYTES);
    if (status !== 200) throw unanswered(`${status} ${text.slice(0, 200)}`);
    return answer.parse(JSON.parse(text)).data.result;
  };
  return {
    name: 'prometheus',
    async read(span) {
      const part = { ...span, last: Math.min(span.last, span.first + MOST_POINTS - 1) };
      const window = `${span.lengthMs}ms`;
      // One after the other: nobody waits for them, and together they would be a peak.
      const totals = { all: await ask(TOTALS.all(window), part), letIn: await ask(TOTALS.letIn(window), part) };
      const slots = new Map<
        number,
        Map<string, { readonly key: SeriesKey; readonly point: { value: number; n: number } }>
      >();
      const requests = { all: bySlot(totals.all, span), letIn: bySlot(totals.letIn, span) };
      for (const question of QUESTIONS) {
        addAnswer(slots, { question, series: await ask(question.value(window), part), requests, span });
      }
      const rest =
        part.last < span.last ? await this.read({ ...span, first: part.last + 1 }) : new Map<number, Points>();
      return new Map<number, Points>([...slots, ...rest]);
    },
    close: async () => open?.egress.close(),
  };
};

const slotOf = (seconds: number, { lengthMs }: Span): number => Math.round((seconds * 1000) / lengthMs) - 1;

const bySlot = (series: Series, span: Span): ReadonlyMap<number, number> =>
  new Map(series[0]?.values.map(([at, value]) => [slotOf(at, span), Number(value)]));

interface Answered {
  readonly question: Question;
  readonly series: Series;
  readonly requests: Readonly<Record<'all' | 'letIn', ReadonlyMap<number, number>>>;
  readonly span: Span;
}

const addAnswer = (
  slots: Map<number, Map<string, { readonly key: SeriesKey; readonly point: { value: number; n: number } }>>,
  { question: { signal, label, prefix = '', n }, series, requests, span }: Answered,
): void => {
  for (const { metric, values } of series) {
    const key = { signal, label: label === undefined ? '' : `${prefix}${metric[label] ?? ''}` };
    for (const [at, text] of values) {
      const slot = slotOf(at, span);
      const value = Number(text);
      const total = requests[n === 'letIn' ? 'letIn' : 'all'].get(slot);
      // Without requests there is neither a share of them nor a latency: what is missing is absent, never 0.
      if (total === undefined || !Number.isFinite(value)) continue;
      const points = slots.get(slot) ?? new Map();
      slots.set(slot, points);
      points.set(keyText(key), { key, point: { value, n: n === 'beside' ? total + value : total } });
    }
  }
};

const boxOf = async (runDir: string): Promise<string> => {
  const text = await readFile(join(runDir, 'prometheus.json'), 'utf8').catch(() => undefined);
  if (text === undefined) throw unanswered('none runs here, and anomaly.prometheusUrl names none');
  return (JSON.parse(text) as { url: string }).url; // written by our own supervisor, atomically
};

const unanswered = (reason: string): ServiceError => new ServiceError('ERR_ANOMALY_SOURCE', `Prometheus: ${reason}`);
