import { buildGoProgram } from '../../go/build.ts';
import { ELASTICSEARCH_68 } from './elasticsearch68.ts';
import { ELASTICSEARCH_95 } from './elasticsearch95.ts';
import { getProgram } from './got.ts';
import { OPENSEARCH } from './opensearch.ts';

type State = { readonly state: 'cached' | 'built' } | { readonly state: 'missing'; readonly why: string };

/** The real programs of this suite, each fetched or built once into the cache folder. */
const PARTS = {
  filebeat: { title: 'Filebeat 7.17.29', get: () => buildGoProgram('filebeat') },
  opensearch: { title: 'OpenSearch 3.8.0', get: () => getProgram(OPENSEARCH) },
  elasticsearch95: { title: 'Elasticsearch 9.5.3', get: () => getProgram(ELASTICSEARCH_95) },
  elasticsearch68: { title: 'Elasticsearch 6.8.23', get: () => getProgram(ELASTICSEARCH_68) },
} as const satisfies Record<string, { readonly title: string; readonly get: () => Promise<State> }>;

export type Part = keyof typeof PARTS;

export const ALL_PARTS = Object.keys(PARTS) as readonly Part[];

/** Why a test that needs these parts cannot run here, in one line; undefined when it can. */
export const missingParts = async (...names: readonly Part[]): Promise<string | undefined> => {
  const states = await Promise.all(names.map((name) => stateOf(name)));
  const missing = states.filter((line) => line !== undefined);
  return missing.length === 0 ? undefined : missing.join('; ');
};

const stateOf = async (name: Part): Promise<string | undefined> => {
  const { title, get } = PARTS[name];
  const state: State = await get();
  return state.state === 'missing' ? `${title} cannot be had here: ${state.why}` : undefined;
};
