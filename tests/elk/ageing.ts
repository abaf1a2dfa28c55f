import { policyName, type policyOf } from '../../elk/elasticsearch/policies.ts';
import type { StreamKey } from '../../elk/streams.ts';
import type { StoreClient } from './store-client.ts';

type Policy = ReturnType<typeof policyOf>;

/** Documents at which an index is full here; 6.8 knows no limit on the size of one shard. */
export const FULL = 100;

/** Actions that 6.8 knows in a phase; `readonly` came to the hot and the cold phase later, `migrate` with the tiers. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  hot: ['rollover', 'set_priority'],
  warm: ['set_priority', 'readonly', 'forcemerge', 'allocate'],
  cold: ['set_priority', 'allocate'],
  delete: ['delete'],
};

/**
 * A policy of ours as Elasticsearch 6.8 takes it, with a second for each day. What is left out is said: an action that a test
 * would believe in although it never ran is worse than none.
 */
export const forElasticsearch68 = ({ phases }: Policy) => {
  const left: string[] = [];
  const translated = Object.entries(phases).map(([phase, { min_age, actions }]) => {
    const kept = Object.entries(actions).filter(([action]) => KNOWN[phase]?.includes(action));
    left.push(
      ...Object.keys(actions).flatMap((action) => (KNOWN[phase]?.includes(action) ? [] : [`${phase}.${action}`])),
    );
    return [phase, { min_age: min_age.replace(/d$/, 's'), actions: Object.fromEntries(kept.map(translateAction)) }];
  });
  return { policy: { policy: { phases: Object.fromEntries(translated) } }, left };
};

const translateAction = ([action, options]: readonly [string, unknown]): readonly [string, unknown] =>
  action === 'rollover' ? [action, { max_docs: FULL, max_age: '24h' }] : [action, options];

/** One place where an index was seen, in the words of Elasticsearch. */
export interface Seen {
  readonly phase: string;
  readonly action: string;
  readonly step: string;
  /** Since it was full. */
  readonly afterMs: number;
}

/** Where an index is in its policy; undefined when it is gone. */
export const whereIs = async (client: StoreClient, index: string): Promise<Omit<Seen, 'afterMs'> | undefined> => {
  const answer = await client.ask('GET', `/${index}*/_ilm/explain`);
  // Safe: the answer of 6.8 to this request.
  const { indices } = answer as { indices: Record<string, { phase: string; action: string; step: string }> };
  const found = indices[index];
  return found === undefined ? undefined : { phase: found.phase, action: found.action, step: found.step };
};

/** The first index of a stream, as 6.8 has them: an alias that is rolled over, in place of a data stream. */
export const firstIndex = (key: StreamKey): string => `${policyName(key)}-000001`;

/** Puts a policy and a full index under it. */
export const beginAgeing = async (client: StoreClient, key: StreamKey, policy: object): Promise<void> => {
  const name = policyName(key);
  await client.ask('PUT', `/_ilm/policy/${name}`, policy);
  await client.ask('PUT', `/_template/${name}`, {
    index_patterns: [`${name}-*`],
    settings: {
      ...{ number_of_shards: 1, number_of_replicas: 0 },
      ...{ 'index.lifecycle.name': name, 'index.lifecycle.rollover_alias': name },
    },
  });
  await client.ask('PUT', `/${firstIndex(key)}`, { aliases: { [name]: { is_write_index: true } } });
  // In several segments, so that a merge has something to do.
  for (let part = 0; part < 4; part += 1) {
    const lines = Array.from({ length: FULL / 4 }, (_, at) => `{"index":{"_type":"_doc"}}\n{"at":${at}}\n`).join('');
    await client.ask('POST', `/${name}/_bulk?refresh=true`, lines);
  }
};
