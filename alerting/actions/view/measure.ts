import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createEgress } from '../../../core/egress/egress.ts';
import { gateTo } from '../../../core/egress/policy.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Measured } from '../action.ts';

interface Deps {
  /** `actions.prometheusUrl`. */
  readonly url: string | undefined;
  /** `dataPaths(data).run`. */
  readonly runDir: string;
}

const TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 1_048_576;

const point = z.tuple([z.number(), z.string()]);
const answer = z.object({
  status: z.literal('success'),
  data: z.union([
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value: point })) }),
    z.object({ resultType: z.literal('scalar'), result: point }),
  ]),
});

/**
 * Asks Prometheus for a value and its age. An answer carries the time of the question, so the time of the sample is asked for
 * beside it: of a selector it is when that was scraped or computed, of any other expression the time of the question itself.
 * Of several series the first counts.
 */
export const createMeasure =
  ({ url, runDir }: Deps) =>
  async (promql: string): Promise<Measured | undefined> => {
    const base = url ?? (await boxOf(runDir));
    const egress = createEgress({
      gate: gateTo(new URL(base)),
      ...{ headersTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS, connectTimeoutMs: TIMEOUT_MS },
    });
    const ask = async (query: string) => {
      const { status, readText } = await egress.request(
        `${base.replace(/\/$/, '')}/api/v1/query?query=${encodeURIComponent(query)}`,
      );
      const text = await readText(MAX_ANSWER_BYTES);
      if (status !== 200) throw unanswered(`${status} ${text.slice(0, 200)}`);
      const { data } = answer.parse(JSON.parse(text));
      return data.resultType === 'scalar' ? data.result : data.result[0]?.value;
    };
    try {
      const [found, sampled] = await Promise.all([ask(promql), ask(`timestamp(${promql})`).catch(() => undefined)]);
      if (found === undefined) return undefined;
      const [at, value] = found;
      // By the clock of Prometheus alone: ours may differ.
      const ageMs = sampled === undefined ? 0 : Math.max(0, at - Number(sampled[1])) * 1000;
      return { value: readNumber(value), ageMs };
    } finally {
      await egress.close();
    }
  };

/** As Prometheus writes numbers. */
const readNumber = (text: string): number =>
  text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);

const boxOf = async (runDir: string): Promise<string> => {
  const text = await readFile(join(runDir, 'prometheus.json'), 'utf8').catch(() => undefined);
  if (text === undefined) throw unanswered('none runs here, and actions.prometheusUrl names none');
  return (JSON.parse(text) as { url: string }).url; // written by our own supervisor, atomically
};

const unanswered = (reason: string): ServiceError => new ServiceError('ERR_ACTIONS_MEASURE', `Prometheus: ${reason}`);
