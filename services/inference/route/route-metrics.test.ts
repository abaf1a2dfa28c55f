import { describe, expect, it } from 'vitest';
import { createTelemetry } from '../../../core/telemetry/telemetry.ts';
import type { StepStats } from '../../engine/protocol/messages.ts';
import type { ModelStatus, ReplicaStatus } from './model-status.ts';
import { observeRoute, recordSteps } from './route-metrics.ts';

const STEPS: StepStats = {
  ...{ count: 3, sequences: [1, 4, 8], prefillMs: 300, decodeMs: 1200, prefillTokens: 100, decodeTokens: 40 },
  ...{ cachedTokens: 60, missedTokens: 90, preemptions: 2, acceptedTokens: 5, rejectedTokens: 7 },
};

const telemetryFor = () =>
  createTelemetry({ serviceName: 'test', version: '0', known: { 'gen_ai.request.model': ['m'] } });

/** The lines of a page that carry values, without the scope labels. */
const linesOf = async (telemetry: ReturnType<typeof telemetryFor>, name: string): Promise<string[]> => {
  const page = await telemetry.expose();
  await telemetry.stop();
  return page
    .split('\n')
    .filter((line) => line.startsWith(name))
    .map((line) => line.replace(/,?otel_scope_\w+="[^"]*"/g, ''));
};

const readingOf = (lines: readonly string[], ...labels: readonly string[]): number | undefined => {
  const line = lines.find((one) => labels.every((label) => one.includes(label)));
  return line === undefined ? undefined : Number(line.split(' ').at(1));
};

describe('recordSteps', () => {
  it('counts what steps did under the names of the catalogue', async () => {
    const telemetry = telemetryFor();
    recordSteps(telemetry, 'm', STEPS);
    recordSteps(telemetry, 'm', STEPS);
    const lines = await linesOf(telemetry, 'clawdbot_');
    const value = (...labels: string[]) => readingOf(lines, ...labels);
    expect([value('clawdbot_engine_time', 'prefill'), value('clawdbot_engine_time', 'decode')]).toEqual([0.6, 2.4]);
    expect(['prefill', 'decode', 'cached'].map((kind) => value('clawdbot_engine_tokens', `kind="${kind}"`))).toEqual([
      200, 80, 120,
    ]);
    expect(value('clawdbot_engine_preemptions')).toBe(4);
    expect(['accepted', 'rejected'].map((result) => value('clawdbot_speculation', result))).toEqual([10, 14]);
    expect(['hit', 'miss'].map((result) => value('clawdbot_cache_requests', 'prefix', `"${result}"`))).toEqual([
      120, 180,
    ]);
    expect([value('batch_size', '_count'), value('batch_size', 'le="4"')]).toEqual([6, 4]);
  });
});

describe('observeRoute', () => {
  const replica = (changes: Partial<ReplicaStatus>): ReplicaStatus => ({
    ...{
      index: 0,
      state: 'ready',
      role: 'active',
      reason: undefined,
      pid: 1,
      heartbeatAgeMs: 0,
      lastTokenAgeMs: 0,
      slotsUsed: 0,
    },
    ...{ slotsLimit: 1, waiting: 0, kvUsage: undefined, threads: 1, restarts: 0, device: 'cpu', rssBytes: 1 },
    ...{ fallBackReason: undefined },
    ...changes,
  });

  const linesFor = (...replicas: readonly ReplicaStatus[]): Promise<string[]> => {
    const telemetry = telemetryFor();
    const status: ModelStatus = {
      ...{ id: 'm', state: 'ready', reason: undefined, progress: undefined, replicas, wantedReplicas: 1, waiting: 0 },
      ...{ loaded: undefined, facts: undefined, adjustment: undefined, firstTokenMsP50: undefined },
    };
    observeRoute(telemetry, { states: () => [status], breakers: () => [] });
    return linesOf(telemetry, 'clawdbot_');
  };

  it('shows the fullest key-value memory of a model', async () => {
    const lines = await linesFor(replica({ kvUsage: 0.25 }), replica({ kvUsage: 0.5 }), replica({}));
    expect(readingOf(lines, 'kv_cache_usage')).toBe(0.5);
  });

  it('counts the replicas that run on a slower engine, and shows nothing before one has loaded', async () => {
    const lines = await linesFor(replica({ fallBackReason: 'another build' }), replica({}));
    expect(readingOf(lines, 'engine_fallback')).toBe(1);
    const loading = await linesFor(replica({ state: 'loading', device: undefined }));
    expect(readingOf(loading, 'engine_fallback')).toBeUndefined();
    expect(readingOf(loading, 'kv_cache_usage')).toBeUndefined();
  });
});
