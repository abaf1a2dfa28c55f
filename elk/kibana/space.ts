import type { Config } from '../../core/config/schema.ts';
import { compare } from '../compare.ts';
import type { Resource } from '../resource.ts';

export type KibanaSettings = Pick<Config['elk'], 'kibana' | 'namespace'>;

const DEFAULT_SPACE = 'default';

/** A path inside the space that is configured. */
export const inSpace = ({ kibana }: KibanaSettings, path: string): string =>
  kibana.space === DEFAULT_SPACE ? path : `/s/${kibana.space}${path}`;

/** The space itself; the one called `default` always is there and belongs to everybody. */
export const spaces = ({ kibana }: KibanaSettings): readonly Resource[] => {
  const { space: id } = kibana;
  if (id === DEFAULT_SPACE) return [];
  const body = { id, name: 'Clawdbot', description: 'Logs of Clawdbot. Made by `clawdbot elk apply`.' };
  const path = `/api/spaces/space/${id}`;
  return [
    {
      kind: 'space',
      name: spaceName(kibana.space),
      dependsOn: [],
      create: { method: 'POST', path: '/api/spaces/space', body },
      put: { method: 'PUT', path, body },
      get: { path },
      previous: (found) => found,
      same: (found) => compare(body, found),
    },
  ];
};

export const spaceName = (space: string): string => (space.startsWith('clawdbot') ? space : `clawdbot ${space}`);

/** What everything in a space depends on. */
export const spaceKeys = (settings: KibanaSettings): readonly string[] =>
  spaces(settings).map(({ kind, name }) => `${kind}/${name}`);
