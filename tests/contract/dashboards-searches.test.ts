import { describe, expect, it } from 'vitest';
import { SEARCHES, searchOf } from '../dashboards/searches.ts';
import { checkRequest } from '../elastic-schema/check-request.ts';

const RANGE = { gte: 1_790_000_000_000, lte: 1_790_003_600_000 };

const differences = (body: object): readonly string[] =>
  checkRequest({ method: 'POST', path: '/logs-clawdbot.app-default/_search', body });

describe('searches of the boards', () => {
  it('are there', () => expect(SEARCHES.length).toBeGreaterThan(3));

  it.for(SEARCHES)('$title: is one that Elasticsearch knows', ({ target }) => {
    expect(differences(searchOf(target, RANGE))).toEqual([]);
  });

  it('would be found to be wrong', () => {
    expect(differences({ ...searchOf({ refId: 'A' }, RANGE), agg: {} })).not.toEqual([]);
    expect(differences({ aggs: { 2: { term: { field: 'a' } } } })).not.toEqual([]);
  });
});
