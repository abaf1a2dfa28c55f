import { compare } from '../compare.ts';
import { keyOf, type Resource } from '../resource.ts';
import { type ViewKey, viewId } from './data-views.ts';
import { inSpace, type KibanaSettings } from './space.ts';

export interface Search {
  readonly title: string;
  readonly about: string;
  readonly view: ViewKey;
  /** In Kibana's language of queries. */
  readonly query: string;
  readonly columns: readonly string[];
}

/** A request that took longer than this is slow; the board of latency says how many of them are usual. */
const SLOW_NANOSECONDS = 5_000_000_000;

const ANSWER = ['http.response.status_code', 'labels.outcome', 'error.code'];
const WHO = ['client.ip', 'labels.key_id'];

/** What the person on call asks first. */
export const SEARCHES = {
  'by-request': {
    title: 'By request id',
    about: 'Everything that was written about one request: put its id in place of the asterisk.',
    view: 'all',
    query: 'http.request.id: *',
    columns: ['event.dataset', 'event.action', 'message', ...ANSWER, 'http.request.id'],
  },
  'by-trace': {
    title: 'By trace id',
    about: 'Everything that was written while one trace went through the service: put its id in place of the asterisk.',
    view: 'all',
    query: 'trace.id: *',
    columns: ['event.dataset', 'event.action', 'message', ...ANSWER, 'trace.id', 'http.request.id'],
  },
  errors: {
    title: 'Errors',
    about: 'What failed by our fault: lines of level error, requests with outcome error or timeout.',
    view: 'all',
    query: 'log.level: (error or fatal) or labels.outcome: ("error" or "timeout")',
    columns: ['service.name', 'event.action', 'message', 'error.code', 'error.message', 'http.request.id'],
  },
  slow: {
    title: 'Slow requests',
    about: 'Requests of more than five seconds, with where their time went.',
    view: 'access',
    query: `event.duration > ${SLOW_NANOSECONDS}`,
    columns: [
      'gen_ai.request.model',
      'event.duration',
      'labels.queue_ms',
      'labels.prefill_ms',
      'labels.decode_ms',
      'http.request.id',
    ],
  },
  refusals: {
    title: 'Refusals',
    about: 'Requests that were not taken on: no credential, a limit, a full queue, a private text.',
    view: 'access',
    query: 'labels.outcome: "rejected" or http.response.status_code: (401 or 403 or 429 or 503)',
    columns: [...WHO, ...ANSWER, 'url.path', 'http.request.id'],
  },
  audit: {
    title: 'Audit trail',
    about: 'Who changed what; inferences are left out, they are in the access log too.',
    view: 'audit',
    query: 'not event.action: inference.*',
    columns: ['event.action', 'user.id', 'client.ip', 'event.outcome', 'event.sequence'],
  },
  late: {
    title: 'Late, marked or cut lines',
    about: 'Lines that came a minute or more after they were written, or that the pipeline marked.',
    view: 'all',
    query: 'clawdbot.lag_ms > 60000 or tags: clawdbot_*',
    columns: ['service.name', 'tags', 'clawdbot.lag_ms', 'event.action', 'message'],
  },
} as const satisfies Record<string, Search>;

export type SearchKey = keyof typeof SEARCHES;

// Safe: the keys of a table that is written out above.
export const SEARCH_KEYS = Object.keys(SEARCHES) as readonly SearchKey[];

export const searchId = (key: SearchKey): string => `clawdbot-${key}`;

/** A saved search as Kibana stores it; also a line of the file that `elk render` writes for an import by hand. */
export const searchObject = (key: SearchKey) => {
  const { title, about, view, query, columns }: Search = SEARCHES[key];
  const source = {
    query: { language: 'kuery', query },
    filter: [],
    indexRefName: 'kibanaSavedObjectMeta.searchSourceJSON.index',
  };
  return {
    attributes: {
      title: `Clawdbot: ${title}`,
      description: about,
      // Everything stands in a tab: so it is since Kibana 9.1, and the only way from 9.6 on.
      tabs: [
        {
          id: searchId(key),
          label: title,
          attributes: {
            columns: [...columns],
            sort: [['@timestamp', 'desc']],
            grid: {},
            hideChart: false,
            isTextBasedQuery: false,
            kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify(source) },
          },
        },
      ],
    },
    references: [{ name: source.indexRefName, type: 'index-pattern', id: viewId(view) }],
  };
};

export const searches = (settings: KibanaSettings): readonly Resource[] =>
  SEARCH_KEYS.map((key) => {
    const id = searchId(key);
    const body = searchObject(key);
    const path = inSpace(settings, `/api/saved_objects/search/${id}`);
    return {
      kind: 'search',
      name: id,
      dependsOn: [keyOf({ kind: 'data-view', name: viewId(SEARCHES[key].view) })],
      put: { method: 'POST', path: `${path}?overwrite=true`, body },
      get: { path },
      previous: partsOf,
      same: (found) => compare(body, found),
    };
  });

/** Kibana says more of an object than it takes back. */
const partsOf = (found: unknown): unknown => {
  // Safe: the answer of Kibana; what is not there is left out.
  const { attributes, references } = found as { attributes?: unknown; references?: unknown };
  return { attributes, references };
};
