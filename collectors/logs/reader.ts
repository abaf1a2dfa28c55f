import type { Config } from '../../core/config/schema.ts';
import { createEgress } from '../../core/egress/egress.ts';
import { gateTo } from '../../core/egress/policy.ts';
import type { Clock } from '../clock.ts';
import type { Reader, ReadOutcome } from '../reader.ts';
import { type Sample, sample } from '../sample.ts';
import { type Delivery, follow, lagSeconds, waiting } from './delivery.ts';
import { readFilebeat } from './filebeat.ts';
import { readLogstash } from './logstash.ts';
import type { ReadStats, Stage, StageStats } from './stage.ts';

/** One stage that is asked how far it is. */
export interface WatchedStage {
  readonly stage: Stage;
  readonly url: string;
  readonly read: ReadStats;
}

/** Those that the configuration says there are. */
export const watchedStages = ({ filebeat, logstash }: Pick<Config['elk'], 'filebeat' | 'logstash'>): WatchedStage[] => {
  const here = (port: number, path: string) => `http://127.0.0.1:${port}${path}`;
  const filebeats: WatchedStage[] = [
    { stage: 'filebeat-direct', url: here(filebeat.directPort, '/stats'), read: readFilebeat },
    { stage: 'filebeat-parsed', url: here(filebeat.parsedPort, '/stats'), read: readFilebeat },
  ];
  const own: WatchedStage = { stage: 'logstash', url: here(logstash.apiPort, '/_node/stats'), read: readLogstash };
  return [...(filebeat.watch ? filebeats : []), ...(logstash.watch ? [own] : [])];
};

const DEADLINE_MS = 5000;
/** Logstash tells of every plugin it has. */
const MAX_ANSWER_BYTES = 4_194_304;

interface Options extends WatchedStage {
  readonly intervalMs: number;
  readonly clock: Clock;
}

/**
 * Asks one stage of the way of the logs. One that is watched and does not answer has failed: the operator said that it is
 * there, and lines that nobody reads are not seen by anybody else.
 */
export const createLogStageReader = ({ stage, url, read, intervalMs, clock }: Options): Reader<readonly Sample[]> => {
  const limits = { connectTimeoutMs: DEADLINE_MS, headersTimeoutMs: DEADLINE_MS, bodyTimeoutMs: DEADLINE_MS };
  const egress = createEgress({ gate: gateTo(new URL(url)), ...limits });
  let delivery: Delivery | undefined;
  const ask = async (signal: AbortSignal): Promise<ReadOutcome<readonly Sample[]>> => {
    const { status, readText } = await egress.request(url, { signal });
    const text = await readText(MAX_ANSWER_BYTES);
    if (status !== 200) return malformed(`${url} answered ${status}`);
    let stats: StageStats;
    try {
      stats = read(JSON.parse(text));
    } catch {
      return malformed(`${url} is not the page of ${stage}`);
    }
    delivery = follow(delivery, { ...stats.seen, at: clock.now() });
    return { kind: 'read', reading: samplesOf(stage, stats, delivery) };
  };
  return {
    intervalMs,
    deadlineMs: 2 * DEADLINE_MS,
    read: (signal) =>
      ask(signal).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        return { kind: 'failed', reason: 'missing', detail: `nothing answers on ${url} (${why})` };
      }),
    stop: () => egress.close(),
  };
};

const malformed = (detail: string) => ({ kind: 'failed', reason: 'malformed', detail }) as const;

const OUTCOMES = ['received', 'delivered', 'duplicate', 'retried', 'dead_letter', 'lost'] as const;

const samplesOf = (stage: Stage, { counts, queueUsage, deadLetterUsage }: StageStats, delivery: Delivery): Sample[] => [
  ...OUTCOMES.flatMap((outcome) => {
    const value = counts[outcome];
    return value === undefined ? [] : [sample('logsPipelineEvents', value, { stage, outcome })];
  }),
  sample('logsPipelineWaiting', waiting(delivery), { stage }),
  sample('logsPipelineLag', lagSeconds(delivery), { stage }),
  ...(queueUsage === undefined ? [] : [sample('logsPipelineQueue', queueUsage, { stage })]),
  ...(deadLetterUsage === undefined ? [] : [sample('logsPipelineDeadLetters', deadLetterUsage, { stage })]),
];
