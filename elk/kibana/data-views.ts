import { compare } from '../compare.ts';
import type { Resource } from '../resource.ts';
import { ALL_STREAMS, STREAM_KEYS, STREAMS, type StreamKey, streamPattern } from '../streams.ts';
import { inSpace, type KibanaSettings, spaceKeys } from './space.ts';

export type ViewKey = StreamKey | 'all';

/** The id of a data view, which links name; `alerting/links.ts` has the same. */
export const viewId = (key: ViewKey): string => (key === 'all' ? 'clawdbot' : `clawdbot-${key}`);

const viewPattern = (key: ViewKey): string => (key === 'all' ? ALL_STREAMS : streamPattern(key));

const viewTitle = (key: ViewKey): string =>
  key === 'all' ? 'Clawdbot: all logs' : `Clawdbot ${key}: ${STREAMS[key].about}`;

const VIEW_KEYS: readonly ViewKey[] = ['all', ...STREAM_KEYS];

/** A view for each stream, and one over all of them. */
export const dataViews = (settings: KibanaSettings): readonly Resource[] =>
  VIEW_KEYS.map((key) => {
    const id = viewId(key);
    const view = { id, title: viewPattern(key), name: viewTitle(key), timeFieldName: '@timestamp' };
    return {
      kind: 'data-view',
      name: id,
      dependsOn: spaceKeys(settings),
      put: {
        method: 'POST',
        path: inSpace(settings, '/api/data_views/data_view'),
        // A stream without a document yet has its view all the same.
        body: { override: true, data_view: { ...view, allowNoIndex: true } },
      },
      get: { path: inSpace(settings, `/api/data_views/data_view/${id}`) },
      previous: (found) => ({ override: true, data_view: viewIn(found) }),
      same: (found) => compare(view, viewIn(found)),
    };
  });

// Safe: the answer of Kibana; whatever is not where it should be is a difference.
const viewIn = (found: unknown): unknown => (found as { data_view?: unknown } | undefined)?.data_view;
