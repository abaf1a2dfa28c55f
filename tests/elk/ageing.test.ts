import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { policyOf } from '../../elk/elasticsearch/policies.ts';
import { plainShape } from '../../elk/elasticsearch/shape.ts';
import { STREAM_KEYS, type StreamKey } from '../../elk/streams.ts';
import { until } from '../stream.ts';
import { beginAgeing, firstIndex, forElasticsearch68, type Seen, whereIs } from './ageing.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startElasticsearch68 } from './programs/stores.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';

const missing = await missingParts('elasticsearch68');

/** As short for every stream as for the app log: a day is a second here. */
const KEPT = { app: 30, engine: 30, access: 30, audit: 30, anomaly: 30 };
const shape = plainShape(configSchema.parse({ elk: { keptDays: KEPT } }).elk);

let store: Server | undefined;
let client: StoreClient;
beforeAll(async () => {
  if (missing !== undefined) return;
  store = await startElasticsearch68({ settings: ['indices.lifecycle.poll_interval=1s'] });
  client = createStoreClient(store.url);
});
afterAll(() => store?.stop());
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

/** What an index is like, while it is there. */
interface State {
  readonly isReadOnly: boolean;
  readonly priority: string | undefined;
  readonly segments: number;
}

const stateOf = async (index: string): Promise<State> => {
  const answer = await client.ask('GET', `/${index}/_settings?flat_settings=true`);
  const lucene = await client.ask('GET', `/${index}/_stats/segments`);
  // Safe: the answers of 6.8 to these requests.
  const { settings } = (answer as Record<string, { settings: Record<string, string> }>)[index] ?? { settings: {} };
  const { primaries } = (lucene as { _all: { primaries: { segments: { count: number } } } })._all;
  return {
    isReadOnly: settings['index.blocks.write'] === 'true',
    priority: settings['index.priority'],
    segments: primaries.segments.count,
  };
};

/** Follows an index from the first document to its end. */
const follow = async (key: StreamKey) => {
  const index = firstIndex(key);
  const seen: Seen[] = [];
  let cold: State | undefined;
  const begun = Date.now();
  await until(
    async () => {
      const place = await whereIs(client, index);
      if (place === undefined) return undefined;
      const last = seen.at(-1);
      if (place.step !== last?.step || place.action !== last.action || place.phase !== last.phase) {
        seen.push({ ...place, afterMs: Date.now() - begun });
      }
      // The last phase that leaves an index behind; what the warm one did to it still holds. It may go between two requests.
      if (place.phase === 'cold') cold = await stateOf(index).catch(() => cold);
      return place;
    },
    (place) => place === undefined,
  );
  return { phases: [...new Set(seen.map(({ phase }) => phase))], seen, cold, endedAfterMs: Date.now() - begun };
};

describe('an index under the policy of its stream, a second for each day', () => {
  const left: Record<string, readonly string[]> = {};
  const followed: Record<string, Awaited<ReturnType<typeof follow>>> = {};
  beforeAll(async () => {
    if (missing !== undefined) return;
    await Promise.all(
      STREAM_KEYS.map(async (key) => {
        const { policy, left: those } = forElasticsearch68(policyOf(key, shape));
        left[key] = those;
        await beginAgeing(client, key, policy);
        followed[key] = await follow(key);
      }),
    );
    const told = followed.app?.seen.map(
      ({ phase, action, step, afterMs }) => `${afterMs} ms: ${phase}/${action}/${step}`,
    );
    console.log(`the app log on Elasticsearch 6.8.23:\n${told?.join('\n')}\n${followed.app?.endedAfterMs} ms: gone`);
  });

  // That it was gone in the end ended the looking; the last phase is over within half a second, between two looks.
  it.each(STREAM_KEYS)('%s goes from hot to warm to cold, and is deleted', (key) => {
    expect(followed[key]?.phases).toEqual(
      ['new', 'hot', 'warm', 'cold', 'delete'].filter((phase) => followed[key]?.phases.includes(phase)),
    );
    expect(followed[key]?.phases).toEqual(expect.arrayContaining(['hot', 'warm', 'cold']));
  });

  it.each(STREAM_KEYS)('%s ends merged and read-only, last in what is recovered first', (key) => {
    expect(followed[key]?.cold).toEqual({ isReadOnly: true, priority: '0', segments: 1 });
  });

  it('runs every action but those that 6.8 does not know there', () => {
    expect(left.app).toEqual(['cold.readonly']);
    expect(left.audit).toEqual(['hot.readonly', 'cold.readonly']);
  });
});
