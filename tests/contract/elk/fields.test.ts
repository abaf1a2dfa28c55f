import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATA_VIEWS } from '../../../alerting/links.ts';
import { ALERTS } from '../../../alerting/rules/table.ts';
import { configSchema } from '../../../core/config/schema.ts';
import { fieldsOf } from '../../../elk/elasticsearch/stream-fields.ts';
import { dataViews } from '../../../elk/kibana/data-views.ts';
import { STREAM_KEYS, type StreamKey, streamPattern } from '../../../elk/streams.ts';
import { createAccessLog } from '../../../services/inference/http/access-log.ts';
import type { AccessFields } from '../../../services/inference/http/exchange.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/elk');

/** The fields of a line by their dotted names, however it nests them. */
const namesIn = (line: object, prefix = ''): string[] =>
  Object.entries(line).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? namesIn(value, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );

const unmapped = (key: StreamKey, names: readonly string[]): string[] => {
  const fields = fieldsOf(key);
  const isFree = (name: string) => fields[name.split('.')[0] ?? '']?.type === 'flattened';
  return [...new Set(names)].filter((name) => fields[name] === undefined && !isFree(name));
};

describe('every field that the service writes has its type', () => {
  it.each(['app', 'access', 'audit'] as const)('in the lines of %s', (key) => {
    const lines = readFileSync(join(FIXTURES, `${key}.ndjson`), 'utf8')
      .trim()
      .split('\n');
    expect(lines.length).toBeGreaterThan(2);
    expect(
      unmapped(
        key,
        lines.flatMap((line) => namesIn(JSON.parse(line))),
      ),
    ).toEqual([]);
  });

  it('in the fullest access line there is', () => {
    const access: Required<AccessFields> = {
      ...{ model: 'm', outcome: 'ok', promptTokens: 1, completionTokens: 1, cachedTokens: 1, cache: 'hit' },
      ...{
        scenario: 'chat',
        degraded: 'cache',
        queueMs: 1,
        prefillMs: 1,
        decodeMs: 1,
        batch: 2,
        jobId: 'j',
        redactions: 1,
      },
      errorCode: 'ERR_ENGINE_DIED',
    };
    const lines: object[] = [];
    const log = createAccessLog({
      log: { info: (_action, fields = {}) => void lines.push(fields) },
      telemetry: { record: () => {} },
    });
    const exchange = {
      incoming: { method: 'POST', url: '/v1/x', httpVersion: '1.1' },
      outgoing: { headersSent: true, statusCode: 200 },
      ...{
        requestId: 'r',
        route: '/v1/x',
        isInference: true,
        isGone: false,
        bytesSent: 1,
        bytesReceived: 1,
        address: '::1',
      },
      ...{ caller: { keyId: 'k' }, trace: { traceId: 't', spanId: 's' }, access },
    };
    // Safe: the access log reads no more of an exchange than this.
    log(exchange as unknown as Parameters<typeof log>[0], 1);
    const names = lines.flatMap((line) => Object.keys(line));
    expect(names.length).toBeGreaterThan(25);
    expect(unmapped('access', names)).toEqual([]);
  });
});

describe('links of alerts', () => {
  const { elk } = configSchema.parse({});
  const views = dataViews(elk).map(({ name }) => name);

  it('lead to views that `elk apply` makes', () => {
    expect(Object.keys(DATA_VIEWS).toSorted()).toEqual([...STREAM_KEYS].toSorted());
    for (const key of STREAM_KEYS) expect(DATA_VIEWS[key].pattern).toBe(streamPattern(key));
    expect(Object.values(DATA_VIEWS).filter(({ id }) => !views.includes(id))).toEqual([]);
  });

  it('search for fields that their streams have', () => {
    const asked = ALERTS.map(({ logs }) => logs);
    expect(asked.length).toBeGreaterThan(20);
    for (const { view, query } of asked) {
      const names = [...query.matchAll(/([a-z_]+(?:\.[a-z_]+)+):/g)].map(([, name = '']) => name);
      expect(names.length, query).toBeGreaterThan(0);
      expect(unmapped(view, names), query).toEqual([]);
    }
  });
});
