import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { pipelines } from '../../elk/elasticsearch/pipelines.ts';
import { plainShape } from '../../elk/elasticsearch/shape.ts';
import { forOpenSearch } from './on-opensearch.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startOpenSearch } from './programs/stores.ts';
import { putResources } from './put-resources.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';

const missing = await missingParts('opensearch');

let store: Server | undefined;
let client: StoreClient;
const shipped = pipelines(plainShape(configSchema.parse({}).elk));
beforeAll(async () => {
  if (missing !== undefined) return;
  store = await startOpenSearch();
  client = createStoreClient(store.url);
  await putResources(client, shipped.map(forOpenSearch));
});
afterAll(() => store?.stop());
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

interface Sample {
  readonly about: string;
  readonly pipeline: string;
  readonly in: object;
  readonly out: object;
}
const SAMPLES: readonly Sample[] = JSON.parse(
  readFileSync(new URL('./samples/pipelines.json', import.meta.url), 'utf8'),
);

interface Simulated {
  readonly docs: readonly { readonly doc?: { readonly _id?: string; readonly _source: Record<string, unknown> } }[];
}

/** What a document is when it has gone through a pipeline, without what depends on the moment. */
const through = async (pipeline: string, source: object): Promise<object> => {
  const body = { docs: [{ _index: 'sample', _source: source }] };
  const answer = await client.ask('POST', `/_ingest/pipeline/${pipeline}/_simulate`, body);
  // Safe: the answer of every store to this request.
  const [simulated] = (answer as unknown as Simulated).docs;
  if (simulated?.doc === undefined) throw new Error(`${pipeline}: ${JSON.stringify(simulated)}`);
  const { _id, _source } = simulated.doc;
  return JSON.parse(
    JSON.stringify({ ...(_id === '_id' ? {} : { _id }), ..._source })
      // The time of arrival, where it stands for one that could not be read.
      .replace(new RegExp(`"@timestamp":"${minuteOf(_source)}[^"]*"`), '"@timestamp":"now"')
      .replace(/"ingested":"[^"]+"/, '"ingested":"now"')
      .replace(/"lag_ms":\d+/, '"lag_ms":"late"')
      .replace(/"lag_ms":-\d+/, '"lag_ms":"early"'),
  );
};

/** When a document came, up to the minute. */
const minuteOf = ({ event }: Record<string, unknown>): string =>
  typeof event === 'object' && event !== null && 'ingested' in event ? String(event.ingested).slice(0, 16) : 'never';

describe('an ingest pipeline of ours', () => {
  it('has samples, each of them', () =>
    expect([...new Set(SAMPLES.map(({ pipeline }) => pipeline))].toSorted()).toEqual(
      shipped.map(({ name }) => name).toSorted(),
    ));

  it.each(SAMPLES.map((sample) => [sample.about, sample] as const))('%s', async (_, { pipeline, in: source, out }) => {
    expect(await through(pipeline, source)).toEqual(out);
  });
});
