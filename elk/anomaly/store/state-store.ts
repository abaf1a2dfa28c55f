import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deserialize, serialize } from 'node:v8';
import type { AnomalySource } from '../../../core/telemetry/metrics.ts';
import type { Intervals, Window } from '../detect/clock.ts';
import { type DetectorState, newDetector } from '../detect/detector.ts';
import type { AnomalyDocument } from '../sinks/document.ts';
import { type NoveltyState, newNovelty } from '../templates/novelty.ts';

/** All that outlives a restart. */
export interface Learnt {
  readonly detector: DetectorState;
  readonly novelty: NoveltyState;
  /** The last slot that was taken in, by window; -1: none. */
  readonly last: Record<Window, number>;
  /** The last slot of which a source told what it measured. */
  readonly heard: Map<AnomalySource, Record<Window, number>>;
  /** Documents that a store has not taken yet. */
  readonly outbox: AnomalyDocument[];
}

export interface StateStore {
  readonly learnt: Learnt;
  save(): void;
  close(): void;
}

interface Options {
  readonly file: string;
  readonly intervals: Intervals;
  /** Told where a file that could not be read was put; what was in it is learnt anew. */
  readonly onDamaged: (aside: string) => void;
}

/** Another shape of what is kept, and what was learnt before says nothing. */
const VERSION = 2;

/** What has been learnt, kept in a database of ours alone: bounded by the bounds of what it keeps. */
export const openStateStore = ({ file, intervals, onDamaged }: Options): StateStore => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    return open(file, intervals);
  } catch {
    const aside = `${file}.damaged`;
    rmSync(aside, { force: true });
    renameSync(file, aside);
    onDamaged(aside);
    return open(file, intervals);
  }
};

const open = (file: string, intervals: Intervals): StateStore => {
  const db = new DatabaseSync(file, { timeout: 1000 });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304');
    db.exec('CREATE TABLE IF NOT EXISTS learnt (part TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID');
    const put = db.prepare('INSERT INTO learnt VALUES (?, ?) ON CONFLICT (part) DO UPDATE SET value = excluded.value');
    const drop = db.prepare('DELETE FROM learnt WHERE part NOT IN (SELECT value FROM json_each(?))');
    const learnt = read(db, intervals);
    const save = (): void => {
      const parts = partsOf(learnt, intervals);
      db.exec('BEGIN');
      for (const [part, value] of parts) put.run(part, serialize(value));
      drop.run(JSON.stringify([...parts.keys()]));
      db.exec('COMMIT');
    };
    return { learnt, save, close: () => db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
};

const SERIES = 'series ';

/** A part for each series: one that grows does not make the others be written anew in memory all at once. */
const partsOf = (
  { detector, novelty, last, heard, outbox }: Learnt,
  intervals: Intervals,
): ReadonlyMap<string, unknown> =>
  new Map<string, unknown>([
    ['meta', { version: VERSION, intervals, last, heard, outbox, missing: detector.missing, told: detector.told }],
    ['novelty', novelty],
    ...[...detector.series].map(([text, entry]) => [SERIES + text, entry] as const),
  ]);

interface Meta {
  readonly version: number;
  readonly intervals: Intervals;
  readonly last: Learnt['last'];
  readonly heard: Learnt['heard'];
  readonly outbox: Learnt['outbox'];
  readonly missing: DetectorState['missing'];
  readonly told: DetectorState['told'];
}

/** Nothing is known. */
export const newLearnt = (): Learnt => ({
  ...{ detector: newDetector(), novelty: newNovelty() },
  ...{ last: { short: -1, long: -1 }, heard: new Map(), outbox: [] },
});

const read = (db: DatabaseSync, intervals: Intervals): Learnt => {
  const rows = db.prepare('SELECT part, value FROM learnt').all();
  const parts = new Map(rows.map(({ part, value }) => [String(part), value]));
  // Safe, here and below: written by `save` of this version, which is checked before anything else is believed.
  const part = <T>(name: string): T | undefined =>
    parts.has(name) ? (deserialize(parts.get(name) as Uint8Array) as T) : undefined;
  const meta = part<Meta>('meta');
  const isOurs = meta?.version === VERSION && JSON.stringify(meta.intervals) === JSON.stringify(intervals);
  if (!isOurs) return newLearnt();
  const detector: DetectorState = { ...newDetector(), missing: meta.missing, told: meta.told };
  for (const name of parts.keys()) {
    const entry = name.startsWith(SERIES) ? part<MapValue<DetectorState['series']>>(name) : undefined;
    if (entry !== undefined) detector.series.set(name.slice(SERIES.length), entry);
  }
  const { last, heard, outbox } = meta;
  return { detector, novelty: part<NoveltyState>('novelty') ?? newNovelty(), last, heard, outbox };
};

type MapValue<M> = M extends Map<string, infer V> ? V : never;
