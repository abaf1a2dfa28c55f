import { afterEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { FILEBEAT_STATS, LOGSTASH_STATS, servePage } from '../../tests/fixtures/collectors/logs/serve.ts';
import { FakeClock } from '../fake-clock.ts';
import { readFilebeat } from './filebeat.ts';
import { readLogstash } from './logstash.ts';
import { createLogStageReader, watchedStages } from './reader.ts';
import type { ReadStats, Stage } from './stage.ts';

const NEVER = new AbortController().signal;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const start = async (stage: Stage, read: ReadStats, answer: unknown) => {
  const page = await servePage(answer);
  const clock = new FakeClock();
  const reader = createLogStageReader({ stage, read, url: page.url, intervalMs: 5000, clock });
  stops.push(page.stop, () => reader.stop());
  return { page, clock, reader };
};

describe('a stage of the way of the logs', () => {
  it('tells what a Filebeat read and passed on, and no queue where it does not say', async () => {
    const { reader } = await start('filebeat-direct', readFilebeat, FILEBEAT_STATS);
    const stage = 'filebeat-direct';
    expect(await reader.read(NEVER)).toEqual({
      kind: 'read',
      reading: [
        { key: 'logsPipelineEvents', value: 40, labels: { stage, outcome: 'received' } },
        { key: 'logsPipelineEvents', value: 40, labels: { stage, outcome: 'delivered' } },
        { key: 'logsPipelineEvents', value: 0, labels: { stage, outcome: 'duplicate' } },
        { key: 'logsPipelineEvents', value: 0, labels: { stage, outcome: 'retried' } },
        { key: 'logsPipelineEvents', value: 0, labels: { stage, outcome: 'lost' } },
        { key: 'logsPipelineWaiting', value: 0, labels: { stage } },
        { key: 'logsPipelineLag', value: 0, labels: { stage } },
      ],
    });
  });

  it('tells what Logstash holds and what the store refused', async () => {
    const { reader, clock } = await start('logstash', readLogstash, LOGSTASH_STATS);
    await reader.read(NEVER);
    await clock.advance(30_000);
    const outcome = await reader.read(NEVER);
    const reading = outcome.kind === 'read' ? outcome.reading : [];
    const values = Object.fromEntries(
      reading.map(({ key, value, labels }) => [`${key} ${'outcome' in labels ? labels.outcome : ''}`.trim(), value]),
    );
    expect(values).toEqual({
      ...{ 'logsPipelineEvents received': 120, 'logsPipelineEvents delivered': 105 },
      ...{ 'logsPipelineEvents duplicate': 2, 'logsPipelineEvents retried': 4 },
      ...{ 'logsPipelineEvents dead_letter': 3, 'logsPipelineEvents lost': 1 },
      ...{ logsPipelineWaiting: 10, logsPipelineLag: 30 },
      ...{ logsPipelineQueue: 1 / 4096, logsPipelineDeadLetters: expect.closeTo(0.01, 5) },
    });
  });

  it('tells the share of the queue of a Filebeat that says it', async () => {
    const answer = structuredClone(FILEBEAT_STATS);
    Object.assign(Object(answer).libbeat.pipeline.queue, { filled: { pct: 0.25, events: 16 } });
    const { reader } = await start('filebeat-parsed', readFilebeat, answer);
    const outcome = await reader.read(NEVER);
    expect(outcome.kind === 'read' && outcome.reading).toContainEqual({
      ...{ key: 'logsPipelineQueue', value: 0.25, labels: { stage: 'filebeat-parsed' } },
    });
  });

  it('has failed where nothing answers, or something else does', async () => {
    const { reader, page } = await start('logstash', readLogstash, LOGSTASH_STATS);
    page.tell('{"status":"green"}');
    expect(await reader.read(NEVER)).toMatchObject({ kind: 'failed', reason: 'malformed' });
    page.tell('<html>', 404);
    expect(await reader.read(NEVER)).toMatchObject({ kind: 'failed', reason: 'malformed' });
    await page.stop();
    expect(await reader.read(NEVER)).toMatchObject({ kind: 'failed', reason: 'missing' });
  });

  it('is not asked unless the configuration says that it is there', () => {
    const stagesOf = (elk: object) => watchedStages(configSchema.parse({ elk }).elk).map(({ stage }) => stage);
    expect(stagesOf({})).toEqual([]);
    expect(stagesOf({ filebeat: { watch: true } })).toEqual(['filebeat-direct', 'filebeat-parsed']);
    expect(stagesOf({ logstash: { watch: true } })).toEqual(['logstash']);
  });
});
