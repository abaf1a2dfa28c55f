import { describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { checkRequest } from '../../tests/elastic-schema/check-request.ts';
import { keyOf, type Need } from '../resource.ts';
import { STREAM_KEYS } from '../streams.ts';
import { policyOf } from './policies.ts';
import { elasticsearchResources } from './resources.ts';
import { plainShape, type Shape } from './shape.ts';
import { digestOf } from './templates.ts';

const elkOf = (elk: object = {}) => configSchema.parse({ elk }).elk;
const shapeOf = (elk: object = {}, more: Partial<Shape> = {}): Shape => ({ ...plainShape(elkOf(elk)), ...more });
const EVERYTHING = shapeOf({ snapshots: { repository: 'nightly' } });

describe('what is kept on Elasticsearch', () => {
  const resources = elasticsearchResources(EVERYTHING);

  it.each(resources.map((resource) => [keyOf(resource), resource] as const))(
    '%s is as its schema says',
    (_key, resource) => {
      expect(checkRequest(resource.put)).toEqual([]);
      expect(checkRequest({ method: 'GET', path: resource.get.path })).toEqual([]);
    },
  );

  it('is named clawdbot, so that nothing else is ever touched', () => {
    expect(resources.filter(({ name }) => !name.startsWith('clawdbot'))).toEqual([]);
  });

  it('says of every misspelt key that it is unknown', () => {
    const tried = resources.flatMap(({ kind, put }) =>
      misspelt(put.body).map(({ at, body }) => ({
        at: `${kind}${at}`,
        isSeen: checkRequest({ ...put, body }).length > 0,
      })),
    );
    expect(tried.length).toBeGreaterThan(500);
    expect(tried.filter(({ isSeen }) => !isSeen)).toEqual([]);
  });

  it('does without what the cluster lacks, and refers to none of it', () => {
    const without = new Set<Need>(['ilm', 'ingest', 'security', 'snapshots', 'failure-store']);
    const left = elasticsearchResources(shapeOf({ snapshots: { repository: 'nightly' } }, { without }));
    expect([...new Set(left.map(({ kind }) => kind))].toSorted()).toEqual(['component-template', 'index-template']);
    expect(JSON.stringify(left)).not.toMatch(/default_pipeline|lifecycle|failure_store/);
  });
});

describe('ageing', () => {
  const ages = (key: Parameters<typeof policyOf>[0], shape: Shape) =>
    Object.entries(policyOf(key, shape).phases).map(([phase, { min_age }]) => `${phase} ${min_age}`);

  it('goes from hot to warm to cold and ends when the days of the stream are over', () => {
    expect(ages('app', EVERYTHING)).toEqual(['hot 0ms', 'warm 2d', 'cold 7d', 'delete 30d']);
    expect(ages('audit', EVERYTHING)).toEqual(['hot 0ms', 'warm 2d', 'cold 7d', 'delete 180d']);
  });

  it('leaves out tiers that are not there or would be reached too late', () => {
    expect(ages('app', shapeOf({}, { tiers: 'one' }))).toEqual(['hot 0ms', 'warm 2d', 'delete 30d']);
    expect(ages('app', shapeOf({ keptDays: { app: 5 } }))).toEqual(['hot 0ms', 'warm 2d', 'delete 5d']);
    expect(ages('app', shapeOf({ keptDays: { app: 2 } }))).toEqual(['hot 0ms', 'delete 2d']);
  });

  it('moves to a warm tier only where there is one', () => {
    expect(policyOf('app', shapeOf({}, { tiers: 'hot-cold' })).phases.warm?.actions.migrate).toEqual({
      enabled: false,
    });
    expect(policyOf('app', shapeOf({}, { tiers: 'hot-warm-cold' })).phases.warm?.actions.migrate).toBeUndefined();
  });

  it('makes the audit trail read-only as soon as an index is full, and deletes only what was saved', () => {
    const { phases } = policyOf('audit', EVERYTHING);
    expect(phases.hot?.actions.readonly).toEqual({});
    expect(phases.delete?.actions.wait_for_snapshot).toEqual({ policy: 'clawdbot-nightly' });
    expect(policyOf('app', EVERYTHING).phases.hot?.actions.readonly).toBeUndefined();
  });
});

describe('the digest of an index', () => {
  it('differs between streams and with what it is made from, not with how it ages', () => {
    const digests = STREAM_KEYS.map((key) => digestOf(key, EVERYTHING));
    expect(new Set(digests).size).toBe(STREAM_KEYS.length);
    expect(digestOf('app', shapeOf({ shards: 2 }))).not.toBe(digestOf('app', shapeOf()));
    expect(digestOf('app', shapeOf({ keptDays: { app: 5 } }))).toBe(digestOf('app', shapeOf()));
  });
});

/** Keys below these are names that somebody chooses, or belong to nobody's schema. */
const CHOSEN = /^(_meta|metadata|properties|clawdbot_digest)$/;

interface Misspelling {
  readonly at: string;
  readonly body: unknown;
}

/** The body once for each of its keys, that key misspelt. */
const misspelt = (value: unknown, isChosen = false): Misspelling[] => {
  if (Array.isArray(value)) {
    const first = (entry: unknown, index: number) =>
      value.findIndex((other) => shapeOfKeys(other) === shapeOfKeys(entry)) === index;
    return value.flatMap((entry, index) =>
      (first(entry, index) ? misspelt(entry) : []).map(({ at, body }) => ({
        at: `[${index}]${at}`,
        body: value.with(index, body),
      })),
    );
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const { [key]: _it, ...rest } = value as Record<string, unknown>; // it was just found there
    const own = isChosen ? [] : [{ at: `.${key}`, body: { ...rest, [`${key}x`]: entry } }];
    const inner =
      ['_meta', 'metadata'].includes(key) && !isChosen ? [] : misspelt(entry, CHOSEN.test(key) && !isChosen);
    return [...own, ...inner.map(({ at, body }) => ({ at: `.${key}${at}`, body: { ...rest, [key]: body } }))];
  });
};

/** Of a list of entries with the same keys, one is enough. */
const shapeOfKeys = (value: unknown): string =>
  typeof value !== 'object' || value === null
    ? ''
    : `{${Object.entries(value).map(([key, entry]) => `${key}${shapeOfKeys(entry)}`)}}`;
