import type { Config } from '../core/config/schema.ts';

/**
 * How a stream gets to the store: `direct` as the service writes it, through Elasticsearch's own pipeline; `parsed` through
 * Logstash, which takes it apart; `own` by whoever makes the documents.
 */
export type Channel = 'direct' | 'parsed' | 'own';

interface StreamRow {
  /** `data_stream.dataset`. */
  readonly dataset: `clawdbot.${string}`;
  readonly channel: Channel;
  /** What is read, as globs below the data folder; of a rotated file the new name too. */
  readonly files: readonly string[];
  /** How the lines of those files look. */
  readonly format: 'ecs-json' | 'text' | 'none';
  /** What it holds, one sentence. */
  readonly about: string;
  /** Whether a document may ever be changed or deleted before its time. */
  readonly protected: boolean;
  /** Whether lines come even when nobody asks anything, so that silence means that something broke. */
  readonly steady: boolean;
}

/** Every stream of logs, and nowhere else one of their names. */
export const STREAMS = {
  app: {
    dataset: 'clawdbot.app',
    channel: 'direct',
    files: ['logs/app*.json', 'logs/*/app*.json'],
    format: 'ecs-json',
    about: 'What the processes did: starts, stops, reloads, failures.',
    protected: false,
    steady: false,
  },
  engine: {
    dataset: 'clawdbot.engine',
    channel: 'parsed',
    files: ['logs/engine*.json'],
    format: 'ecs-json',
    about: 'What engines, drivers and containers wrote as text.',
    protected: false,
    steady: false,
  },
  access: {
    dataset: 'clawdbot.access',
    channel: 'parsed',
    files: ['logs/access*.json', 'logs/*/access*.json'],
    format: 'ecs-json',
    about: 'One line for each request: who, what, how long, how it ended.',
    protected: false,
    steady: true,
  },
  audit: {
    dataset: 'clawdbot.audit',
    channel: 'parsed',
    files: ['audit/audit*.json'],
    format: 'ecs-json',
    about: 'The audit trail: who changed what, in a chain of hashes.',
    protected: true,
    steady: true,
  },
  anomaly: {
    dataset: 'clawdbot.anomaly',
    channel: 'own',
    files: [],
    format: 'none',
    about: 'What the anomaly detector found unusual.',
    protected: false,
    steady: false,
  },
} as const satisfies Record<string, StreamRow>;

export type StreamKey = keyof typeof STREAMS;

// Safe: the keys of a table that is written out above.
export const STREAM_KEYS = Object.keys(STREAMS) as readonly StreamKey[];

type Named = Pick<Config['elk'], 'namespace'>;

/** `logs-clawdbot.app-default`: the data stream that documents are created in. */
export const streamName = (key: StreamKey, { namespace }: Named): string => `logs-${STREAMS[key].dataset}-${namespace}`;

/** `logs-clawdbot.app-*`: the stream in every namespace. */
export const streamPattern = (key: StreamKey): string => `logs-${STREAMS[key].dataset}-*`;

/** All of them, in every namespace. */
export const ALL_STREAMS = 'logs-clawdbot.*-*';

/** Days that documents of a stream are kept. */
export const keptDays = (key: StreamKey, { keptDays: days }: Pick<Config['elk'], 'keptDays'>): number => days[key];
