import { z } from 'zod';
import { createEgress } from '../../core/egress/egress.ts';
import { gateTo } from '../../core/egress/policy.ts';
import { ServiceError } from '../../core/errors/service-error.ts';

/** One series of an instant query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const answer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Asks the Prometheus that somebody named, and no other machine. */
export const queryPrometheus = async (
  url: string,
  queries: readonly string[],
): Promise<readonly (readonly Sample[])[]> => {
  const egress = createEgress({
    gate: gateTo(new URL(url)),
    ...{ headersTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS },
  });
  try {
    const found: (readonly Sample[])[] = [];
    // One after the other: each reads days of samples.
    for (const query of queries) {
      const where = new URL('/api/v1/query', url);
      where.searchParams.set('query', query);
      const { status, readText } = await egress.request(where);
      found.push(read(url, status, await readText(MAX_BYTES)));
    }
    return found;
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw new ServiceError(
      'ERR_ROUTE_NO_REPLICA',
      `${url}: expected a Prometheus, got no answer; name it with --prometheus`,
      {
        cause: error,
      },
    );
  } finally {
    await egress.close();
  }
};

const read = (url: string, status: number, text: string): readonly Sample[] => {
  const parsed = answer.safeParse(parseJson(text));
  if (parsed.success) {
    return parsed.data.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }
  throw new ServiceError('ERR_ROUTE_NO_REPLICA', `${url}: expected the answer of a Prometheus, got status ${status}`);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
