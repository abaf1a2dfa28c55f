import { buildGoProgram } from '../../go/build.ts';
import { whyOnlyAsRoot } from './as-nobody.ts';
import { ELASTICSEARCH_68 } from './elasticsearch68.ts';
import { ELASTICSEARCH_95 } from './elasticsearch95.ts';
import { getProgram } from './got.ts';
import { OPENSEARCH } from './opensearch.ts';

type State = { readonly state: 'cached' | 'built' } | { readonly state: 'missing'; readonly why: string };

const getElasticsearch68 = async (): Promise<State> => {
  const why = await whyOnlyAsRoot();
  return why === undefined ? getProgram(ELASTICSEARCH_68) : { state: 'missing', why };
};

/** The real programs of this suite, each fetched or built once into the cache folder. */
const PARTS = {
  filebeat: { title: 'Filebeat 7.17.29', get: () => buildGoProgram('filebeat') },
  opensearch: { title: 'OpenSearch 3.8.0', get: () => getProgram(OPENSEARCH) },
  elasticsearch95: { title: 'Elasticsearch 9.5.3', get: () => getProgram(ELASTICSEARCH_95) },
  elasticsearch68: { title: 'Elasticsearch 6.8.23', get: getElasticsearch68 },
} as const satisfies Record<string, { readonly title: string; readonly get: () => Promise<State> }>;

export type Part = keyof typeof PARTS;

export const ALL_PARTS = Object.keys(PARTS) as readonly Part[];

/** What is known of each part in this run, for the processes of the test files: nobody tries for minutes what has just failed. */
const KNOWN = 'CLAWDBOT_TEST_PARTS';

/** Why each part cannot be had; null: it can. */
type Known = Partial<Record<Part, string | null>>;

/** Why a test that needs these parts cannot run here, in one line; undefined when it can. */
export const missingParts = async (...names: readonly Part[]): Promise<string | undefined> => {
  // Safe: written below.
  const known = JSON.parse(process.env[KNOWN] ?? '{}') as Known;
  const whys = await Promise.all(names.map(async (name) => (name in known ? known[name] : await whyMissing(name))));
  return inOneLine(whys);
};

/** The same, and every process that is started from here on knows it. */
export const rememberParts = async (...names: readonly Part[]): Promise<string | undefined> => {
  const found = await Promise.all(names.map(async (name) => [name, (await whyMissing(name)) ?? null] as const));
  process.env[KNOWN] = JSON.stringify(Object.fromEntries(found));
  return inOneLine(found.map(([, why]) => why));
};

const inOneLine = (whys: readonly (string | null | undefined)[]): string | undefined => {
  const missing = whys.filter((why) => typeof why === 'string');
  return missing.length === 0 ? undefined : missing.join('; ');
};

const whyMissing = async (name: Part): Promise<string | undefined> => {
  const { title, get } = PARTS[name];
  const state: State = await get();
  return state.state === 'missing' ? `${title} cannot be had here: ${state.why}` : undefined;
};
