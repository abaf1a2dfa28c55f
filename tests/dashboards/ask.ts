import { request } from 'undici';
import type { Question } from '../../dashboards/questions/questions.ts';

/** What a question cost. */
export interface Cost {
  readonly question: Question;
  readonly series: number;
  /** Samples that the engine looked at. */
  readonly samples: number;
  readonly ms: number;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly result: readonly unknown[];
    readonly stats: { readonly samples: { readonly totalQueryableSamples: number } };
  };
}

interface Asking {
  readonly url: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The traces of the requests that a question points to, as Grafana asks for them beside it. */
export const tracesOf = async (
  { expr: query }: Question,
  { url, fromMs, toMs }: Asking,
): Promise<readonly string[]> => {
  const words = new URLSearchParams({ query, start: `${fromMs / 1000}`, end: `${toMs / 1000}` });
  const answer = await request(new URL(`/api/v1/query_exemplars?${words}`, url));
  // Its documented answer.
  const { data, error } = (await answer.body.json()) as {
    data?: readonly { readonly exemplars: readonly { readonly labels: { readonly trace_id?: string } }[] }[];
    error?: string;
  };
  if (data === undefined) throw new Error(`${error}: ${query}`);
  return data.flatMap(({ exemplars }) => exemplars.flatMap(({ labels }) => labels.trace_id ?? []));
};

/** Asks as Grafana does, with the counts of the engine; throws where Prometheus has a word against it. */
export const costOf = async (question: Question, { url, fromMs, toMs }: Asking): Promise<Cost> => {
  const { expr: query, isInstant, stepMs } = question;
  const times = isInstant
    ? { time: `${toMs / 1000}` }
    : { start: `${fromMs / 1000}`, end: `${toMs / 1000}`, step: `${stepMs / 1000}` };
  const body = new URLSearchParams({ query, stats: 'all', ...times }).toString();
  const startedAt = performance.now();
  const answer = await request(new URL(`/api/v1/query${isInstant ? '' : '_range'}`, url), {
    ...{ method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  });
  const { data, error } = (await answer.body.json()) as Answer; // the documented envelope
  if (data === undefined) throw new Error(`${question.board}, ${question.panel}: ${error}: ${query}`);
  return {
    ...{ question, series: data.result.length, samples: data.stats.samples.totalQueryableSamples },
    ms: performance.now() - startedAt,
  };
};
