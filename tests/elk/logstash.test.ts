import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { GROK_ORDER, GROK_PATTERNS, type GrokName } from '../../elk/logstash/patterns.ts';
import { renderLogstash } from '../../elk/logstash/render.ts';
import { SAMPLES, STRANGE } from '../../elk/logstash/samples.ts';
import { secretPatterns } from '../../elk/secrets.ts';
import { pinnedEnvironment } from '../python/environment.ts';
import { fieldOf, type LogLine } from './log-lines.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startOpenSearch } from './programs/stores.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';

const parser = pinnedEnvironment('logstash', './logstash.txt');

describe('the pipelines of Logstash', () => {
  const pipelines = renderLogstash(configSchema.parse({})).filter(({ file }) => file.endsWith('.conf'));

  /** Why a parser of their language refuses a text; empty: it does not. */
  const refusal = (text: string): string => {
    const script = 'import sys; from logstash_pipeline_parser import Pipeline; str(Pipeline(sys.stdin.read()).parse())';
    const { status, stderr } = spawnSync(parser.python() ?? '', ['-c', script], { encoding: 'utf8', input: text });
    return status === 0 ? '' : stderr || 'refused';
  };

  it('are what a parser of their language takes, and a mistake in them is not', async ({ skip }) => {
    const installed = await parser.install();
    if (installed.state === 'missing') return skip(`no parser of pipelines: ${installed.why}`);
    expect(pipelines).toHaveLength(2);
    for (const { text } of pipelines) expect(refusal(text)).toBe('');
    const [{ text } = { text: '' }] = pipelines;
    const mistakes: readonly (readonly [string, string])[] = [
      ['port => 5044', 'port = 5044'],
      ['not in ["', 'not in ("'],
      ['\n}\n\nfilter', '\n\nfilter'],
      ['filter {', 'filters {'],
    ];
    for (const [right, wrong] of mistakes) expect(refusal(text.replace(right, wrong)), wrong).not.toBe('');
  });
});

const missing = await missingParts('opensearch');

describe.skipIf(missing !== undefined)(
  `grok and gsub as a store has them${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    let store: Server;
    let client: StoreClient;
    beforeAll(async () => {
      store = await startOpenSearch();
      client = createStoreClient(store.url);
    });
    afterAll(() => store?.stop());

    /** `[a][b]` as processors of a store name it; what is metadata in Logstash is a field there. */
    const dotted = (text: string): string =>
      text.replace(/\[(@?\w+)\]\[(\w+)\](?:\[(\w+)\])?/g, (_all, ...parts: (string | undefined)[]) =>
        parts
          .slice(0, 3)
          .filter((part) => part !== undefined)
          .join('.')
          .replace('@metadata', 'metadata'),
      );
    const definitions = Object.fromEntries(
      Object.entries(GROK_PATTERNS).map(([name, pattern]) => [name, dotted(pattern)]),
    );

    interface Outcome {
      readonly doc?: { readonly _source: LogLine };
      readonly error?: { readonly reason: string };
    }
    const simulate = async (processors: readonly object[], lines: readonly string[]): Promise<readonly Outcome[]> => {
      const answer = await client.ask('POST', '/_ingest/pipeline/_simulate', {
        pipeline: { processors },
        docs: lines.map((message) => ({ _source: { message } })),
      });
      // Safe: the shape of every answer to a simulation.
      return (answer as { docs: readonly Outcome[] }).docs;
    };
    const grok = (names: readonly GrokName[], lines: readonly string[]) =>
      simulate(
        [{ grok: { field: 'message', patterns: names.map((name) => `%{${name}}`), pattern_definitions: definitions } }],
        lines,
      );

    const ORDERS: Readonly<Record<keyof typeof SAMPLES, readonly GrokName[]>> = {
      kernelLine: ['CLAWDBOT_KERNEL'],
      ...GROK_ORDER,
      other: ['CLAWDBOT_TERMINAL', 'CLAWDBOT_CONTAINER_FILE'],
    };
    // Safe: the keys of a table are its keys.
    const keys = Object.keys(SAMPLES) as readonly (keyof typeof SAMPLES)[];

    it.each(keys)('finds in the sample lines what Logstash is to find (%s)', async (key) => {
      const samples = SAMPLES[key];
      const outcomes = await grok(
        ORDERS[key],
        samples.map(({ line }) => line),
      );
      for (const [index, { line, found }] of samples.entries()) {
        const source = outcomes[index]?.doc?._source;
        for (const [field, value] of Object.entries(found)) {
          expect(fieldOf(source ?? {}, dotted(field)), `${line} ${field}`).toBe(value);
        }
      }
    });

    it.each(keys)('finds nothing in strange lines (%s)', async (key) => {
      const outcomes = await grok(ORDERS[key], STRANGE[key]);
      for (const { error } of outcomes) expect(error?.reason).toMatch(/do(?:es)? not match/);
    });

    it('masks in its dialect what the others mask in theirs', async () => {
      const planted = [
        `Authorization: Bearer ${'a1b2c3d4'.repeat(4)}`,
        `eyJhbGciOiJIUzI1NiJ9.${'eyJzdWIiOiIxIn0'.repeat(2)}.${'c2lnbmF0dXJl'.repeat(2)}`,
        `cbk_abcd1234_${'aB3dE'.repeat(9).slice(0, 43)}`,
        'AKIAIOSFODNN7EXAMPLE',
        'https://robot:sup3rs3cret@registry.example.org/v2/',
        '{"password":"hunter2hunter2"}',
        '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----',
      ];
      const processors = secretPatterns('text').map(({ pattern, mask }) => ({
        gsub: { field: 'message', pattern, replacement: mask },
      }));
      const outcomes = await simulate(processors, planted);
      const masked = outcomes.map(({ doc }) => doc?._source.message);
      const inJavaScript = planted.map((line) =>
        secretPatterns('text').reduce(
          (text, { pattern, mask }) => text.replace(new RegExp(pattern, 'g'), () => mask),
          line,
        ),
      );
      expect(masked).toEqual(inJavaScript);
      expect(masked.filter((text, index) => text === planted[index])).toEqual([]);
    });
  },
);
