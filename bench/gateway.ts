import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scriptedModel, startGateway } from '../tests/gateway.ts';
import { cpuSeconds, type LoadPlan, type LoadResult, quantile } from './load/closed-loop.ts';
import type { Report, SuiteOptions } from './suite.ts';

const entry = (name: string): string => fileURLToPath(new URL(`./load/${name}.ts`, import.meta.url));

interface Target {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

interface Case {
  readonly connections: number;
  readonly requests: number;
  readonly rate?: number;
  readonly label: string;
}

const PROMPT = 'Please summarise order 12345 in one sentence. '.repeat(6);

const casesOf = ({ isSmoke }: SuiteOptions): readonly Case[] => [
  { connections: 1, requests: isSmoke ? 20 : 2000, label: '1 connection' },
  { connections: 64, requests: isSmoke ? 128 : 6000, rate: 300, label: '64 connections, 300/s' },
  { connections: 64, requests: isSmoke ? 128 : 10_000, label: '64 connections, saturated' },
];

/**
 * What the gateway adds to a request: TLS, JWT, limits, validation, routing, IPC to an engine process and telemetry,
 * with the `scripted` engine answering at once, against bare Hono over the same TLS.
 */
export const runGatewaySuite = async (options: SuiteOptions): Promise<Report> => {
  const gateway = await startGateway({
    config: {
      limits: { maxConcurrency: 256, queue: 4096 },
      models: [scriptedModel({ reply: 'A short summary of the order.', charactersPerChunk: 64 }, { slots: 256 })],
    },
  });
  const bare = fork(entry('bare-server'), [
    join(gateway.data, 'tls', 'server.crt'),
    join(gateway.data, 'tls', 'server.key'),
  ]);
  try {
    const [{ port }] = (await once(bare, 'message')) as [{ port: number }]; // our own program at the other end
    const targets: Target[] = [
      { name: 'bare Hono', url: `https://127.0.0.1:${port}`, pid: bare.pid ?? 0 },
      { name: 'gateway', url: gateway.url, pid: gateway.pid },
    ];
    const headers = { authorization: `Bearer ${await gateway.token('inference')}`, 'content-type': 'application/json' };
    const plan = {
      ca: gateway.ca,
      path: '/api/v1/inference',
      headers,
      body: JSON.stringify({ prompt: PROMPT, maxTokens: 16 }),
    };
    const rows = [];
    for (const one of casesOf(options)) for (const target of targets) rows.push(await measure(target, one, plan));
    return {
      suite: 'gateway',
      columns: ['case', 'target', 'requests/s', 'p50 ms', 'p99 ms', 'CPU us/request', 'failures'],
      rows,
      notes: notesOf(rows),
    };
  } finally {
    bare.disconnect();
    await gateway.stop();
  }
};

const measure = async (
  target: Target,
  one: Case,
  plan: Omit<LoadPlan, 'url' | 'connections' | 'requests'>,
): Promise<string[]> => {
  await load({ ...plan, ...one, url: target.url, requests: Math.min(500, one.requests) });
  const before = cpuSeconds(target.pid);
  const result = await load({ ...plan, ...one, url: target.url });
  const cpuMicroseconds = ((cpuSeconds(target.pid) - before) / result.requests) * 1e6;
  return [
    one.label,
    target.name,
    (result.requests / result.seconds).toFixed(0),
    quantile(result.latencies, 0.5).toFixed(2),
    quantile(result.latencies, 0.99).toFixed(2),
    cpuMicroseconds.toFixed(0),
    String(result.failures),
  ];
};

const load = async (plan: LoadPlan): Promise<LoadResult> => {
  const worker = fork(entry('worker'));
  worker.send(plan);
  const [result] = (await once(worker, 'message')) as [LoadResult]; // our own program at the other end
  return result;
};

/** The difference of each pair of rows: what the gateway added. */
const notesOf = (rows: readonly string[][]): readonly string[] => {
  const notes: string[] = [];
  for (let index = 0; index + 1 < rows.length; index += 2) {
    const [bare, full] = [rows[index], rows[index + 1]];
    if (bare === undefined || full === undefined) continue;
    const added = (column: number) => (Number(full[column]) - Number(bare[column])).toFixed(2);
    notes.push(`${full[0]}: added p50 ${added(3)} ms, p99 ${added(4)} ms, CPU ${added(5)} us/request`);
  }
  return notes;
};
