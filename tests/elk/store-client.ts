import { until } from '../stream.ts';
import type { LogLine } from './log-lines.ts';

interface Hit {
  readonly _id: string;
  readonly _index: string;
  readonly _source: LogLine;
  readonly sort: readonly unknown[];
}

/** A shard that is just being made or read again. */
const NOT_YET: Record<string, unknown> = {};

/** Plain HTTP to a store, as every version of every one of them understands it. */
export const createStoreClient = (url: string) => {
  const ask = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> =>
    until(
      () => askOnce(method, path, body),
      (said) => said !== NOT_YET,
    );
  const askOnce = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(new URL(path, url), {
      method,
      ...(body === undefined
        ? {}
        : {
            headers: { 'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json' },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
    });
    const text = await answer.text();
    if (answer.status === 503) return NOT_YET;
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 2000)}`);
    return text === '' ? {} : JSON.parse(text);
  };
  /** Documents of an index or stream, none where it does not exist. */
  const all = async (index: string): Promise<readonly LogLine[]> => {
    const found: LogLine[] = [];
    await ask('POST', `/${index}/_refresh?ignore_unavailable=true&allow_no_indices=true`);
    for (let after: readonly unknown[] | undefined; ; ) {
      const answer = await ask('POST', `/${index}/_search?ignore_unavailable=true&allow_no_indices=true`, {
        ...{ size: 5000, sort: ['_doc'] },
        ...(after === undefined ? {} : { search_after: after }),
      });
      // Safe: the shape of every answer to a search.
      const { hits } = (answer as { hits: { hits: readonly Hit[] } }).hits;
      found.push(...hits.map(({ _source }) => _source));
      if (hits.length < 5000) return found;
      after = hits.at(-1)?.sort;
    }
  };
  /** Documents in which a field has exactly a value. */
  const withValue = async (index: string, field: string, value: unknown): Promise<readonly LogLine[]> => {
    await ask('POST', `/${index}/_refresh`);
    const answer = await ask('POST', `/${index}/_search`, { size: 100, query: { term: { [field]: value } } });
    // Safe: the shape of every answer to a search.
    return (answer as { hits: { hits: readonly Hit[] } }).hits.hits.map(({ _source }) => _source);
  };
  const count = async (index: string): Promise<number> => {
    const path = `/${index}/_count?ignore_unavailable=true&allow_no_indices=true`;
    // Safe: the shape of every answer to a count.
    return ((await ask('GET', path)) as { count: number }).count;
  };
  return { ask, all, withValue, count };
};

export type StoreClient = ReturnType<typeof createStoreClient>;
