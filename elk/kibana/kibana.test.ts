import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { checkRequest } from '../../tests/elastic-schema/check-request.ts';
import { type FakeKibana, startFakeKibana } from '../../tests/fake-kibana.ts';
import { applyToKibana, type KibanaOutcome, openKibana } from '../apply/kibana.ts';
import { fieldsOf } from '../elasticsearch/stream-fields.ts';
import { STREAM_KEYS, type StreamKey } from '../streams.ts';
import { BOARD_KEYS, boardBody } from './dashboards.ts';
import { mlJobs } from './ml-jobs.ts';
import { SEARCH_KEYS, SEARCHES, type Search } from './searches.ts';

let kibana: FakeKibana;

beforeEach(async () => {
  kibana = await startFakeKibana();
});
afterEach(async () => {
  expect(kibana.unknown).toEqual([]);
  await kibana.stop();
});

const apply = async (space = 'default', isDryRun = false): Promise<KibanaOutcome> => {
  const { elk } = configSchema.parse({ elk: { kibana: { url: kibana.url, space } } });
  const server = openKibana(elk, kibana.url);
  try {
    return await applyToKibana(server, { elk, hasSecurity: true, allowDestructive: false, isDryRun });
  } finally {
    await server.close();
  }
};

const changed = ({ steps }: KibanaOutcome): string[] =>
  steps
    .filter(({ action }) => action !== 'none')
    .map(({ resource, action }) => `${action} ${resource.kind}/${resource.name}`);

describe('Kibana', () => {
  it('gets everything once, and the second time nothing', async () => {
    expect(changed(await apply()).length).toBeGreaterThan(15);
    kibana.changes.length = 0;
    expect(changed(await apply())).toEqual([]);
    expect(kibana.changes).toEqual([]);
  });

  it('gets a space of its own first where one is configured', async () => {
    await apply('clawdbot');
    expect(kibana.changes[0]).toBe('POST /api/spaces/space/clawdbot');
    expect(
      [...kibana.kept.keys()]
        .filter((path) => path.includes('dashboards'))
        .every((path) => path.startsWith('/s/clawdbot/')),
    ).toBe(true);
  });

  it('mends a board that somebody changed', async () => {
    await apply();
    kibana.kept.set('/api/dashboards/clawdbot-requests', { title: 'mine', panels: [] });
    expect(changed(await apply())).toEqual(['change dashboard/clawdbot-requests']);
  });

  it('is left as it was where it refuses something', async () => {
    kibana.refusals.add('/api/dashboards/clawdbot-service');
    await expect(apply()).rejects.toThrow(
      /dashboard\/clawdbot-service: expected PUT .* to be taken, got 400: refused by the test.*taken back/,
    );
    expect([...kibana.kept]).toEqual([]);
  });

  it.each([
    ['too old', { version: '9.4.2' }, /expected Kibana 9.5 or later, got 9.4.2/],
    ['not available', { level: 'critical' }, /expected a Kibana that is available, got critical/],
  ])('that is %s gets nothing', async (_name, about, message) => {
    Object.assign(kibana.about, about);
    await expect(apply()).rejects.toThrow(message);
    expect(kibana.changes).toEqual([]);
  });
});

/** Every field of every stream of a view. */
const fieldsIn = (view: Search['view']): ReadonlySet<string> =>
  new Set((view === 'all' ? STREAM_KEYS : [view]).flatMap((key: StreamKey) => Object.keys(fieldsOf(key))));

const isKnown = (known: ReadonlySet<string>, field: string): boolean =>
  known.has(field) || (known.has('labels') && field.startsWith('labels.'));

describe('what searches and boards ask for', () => {
  it.each(SEARCH_KEYS)('search %s names fields of its streams only', (key) => {
    const { view, query, columns }: Search = SEARCHES[key];
    const asked = [...query.matchAll(/([a-z_@][a-z0-9_.]*)\s*(?:[:<>])/g)].map(([, field = '']) => field);
    expect(asked.length).toBeGreaterThan(0);
    expect([...columns, ...asked].filter((field) => !isKnown(fieldsIn(view), field))).toEqual([]);
  });

  it.each(BOARD_KEYS)('board %s names fields of its streams only', (key) => {
    const text = JSON.stringify(boardBody(key));
    const dotted = [
      ...text.matchAll(
        /\b(?:http|labels|gen_ai|event|error|log|service|data_stream|clawdbot)\.[a-z_.]+(?![\w.-]*-\*)/g,
      ),
    ].map(([field]) => field);
    const known = new Set(STREAM_KEYS.flatMap((stream) => Object.keys(fieldsOf(stream))));
    expect(dotted.length).toBeGreaterThan(2);
    expect(dotted.filter((field) => !isKnown(known, field))).toEqual([]);
  });

  it('is valid where it is a job of Elastic itself', () => {
    const { elk } = configSchema.parse({});
    expect(mlJobs(elk).flatMap(checkRequest)).toEqual([]);
  });
});
