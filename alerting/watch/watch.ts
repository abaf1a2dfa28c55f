import { judge, type Limits, type Look, type Standing, WELL } from './judge.ts';

/** Something that is looked at. */
export interface Subject {
  /** Also its place in what is remembered. */
  readonly id: string;
  /** As people know it. */
  readonly name: string;
  readonly limits: Limits;
  look(signal: AbortSignal): Promise<Look> | Look;
}

/** What people are told: an outage, or that it is over. */
export interface Telling {
  readonly incident: string;
  readonly status: 'firing' | 'resolved';
  readonly severity: 'critical';
  readonly title: string;
  readonly text: string;
}

/** Time, handed in so that a test can play it. */
export interface Clock {
  now(): number;
  /** Resolves after so long, or as soon as the signal comes. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** What outlives the process: JSON values by key. */
export interface Memory {
  get(key: string): unknown;
  put(key: string, value: unknown): Promise<void>;
}

interface Options {
  readonly subjects: readonly Subject[];
  readonly everyMs: number;
  readonly clock: Clock;
  readonly memory: Memory;
  /** Told again and again until it says that people know; may reject. */
  readonly tell: (
    telling: Telling,
    signal: AbortSignal,
  ) => Promise<{ readonly isTold: boolean; readonly reason: string }>;
  /** Where this runs, which people are told too. */
  readonly from: string;
  readonly say: (level: 'info' | 'warn' | 'error', text: string) => void;
  readonly signal: AbortSignal;
}

/** Of one subject, over restarts. */
interface Known {
  readonly downSince?: number;
  /** What people do not know yet. */
  readonly untold?: Telling;
}

/** Of one subject, while this runs: looks before a restart are too old to count. */
interface Progress {
  readonly standing: Standing;
  /** When people may be told next, after it failed. */
  readonly retryAt: number;
}

interface Run extends Options {
  readonly progress: Map<string, Progress>;
}

/** Long enough for a provider that is asked in vain, short enough for an outage. */
const RETRY_MS = 15_000;

/** Looks until the signal comes; whatever goes wrong in here is said, and it looks again. */
export const watch = async (options: Options): Promise<void> => {
  const { subjects, everyMs, clock, signal } = options;
  const run = { ...options, progress: new Map<string, Progress>() };
  while (!signal.aborted) {
    await Promise.all(subjects.map((subject) => lookAt(subject, run)));
    await clock.wait(everyMs, signal);
  }
};

const lookAt = async (subject: Subject, run: Run): Promise<void> => {
  try {
    const look = await lookSafely(subject, run.signal);
    if (!run.signal.aborted) await conclude(subject, look, run);
  } catch (error) {
    run.say('error', `${subject.name}: ${messageOf(error)}; it goes on`);
  }
};

/** A look that fails by itself says nothing good. */
const lookSafely = async (subject: Subject, signal: AbortSignal): Promise<Look> => {
  try {
    return await subject.look(signal);
  } catch (error) {
    return { isWell: false, reason: messageOf(error) };
  }
};

const conclude = async (subject: Subject, look: Look, run: Run): Promise<void> => {
  const { clock, memory, progress, say } = run;
  const { id, name, limits } = subject;
  // Safe: this process alone writes it.
  const { downSince, untold: waiting } = (memory.get(id) ?? {}) as Known;
  const before = progress.get(id) ?? {
    standing: { ...WELL, ...(downSince === undefined ? {} : { downSince }) },
    retryAt: 0,
  };
  const { standing, turned } = judge(before.standing, look, clock.now(), limits);
  if (!look.isWell) say('warn', `${name}: ${look.reason}`);
  if (turned === undefined) {
    progress.set(id, { ...before, standing });
    if (waiting !== undefined && clock.now() >= before.retryAt)
      await tellOnce(subject, { standing, untold: waiting }, run);
    return;
  }
  say(turned === 'up' ? 'info' : 'error', `${name} is ${turned === 'up' ? 'back' : 'down'}`);
  const began = standing.downSince ?? before.standing.downSince ?? clock.now();
  const untold = tellingOf(subject, look, began, run);
  progress.set(id, { standing, retryAt: 0 });
  await keep(subject, { standing, untold }, run);
  await tellOnce(subject, { standing, untold }, run);
};

interface News {
  readonly standing: Standing;
  readonly untold: Telling;
}

const tellOnce = async (subject: Subject, { standing, untold }: News, run: Run): Promise<void> => {
  // Before it is tried: a way that fails by itself waits as well.
  run.progress.set(subject.id, { standing, retryAt: run.clock.now() + RETRY_MS });
  const { isTold, reason } = await run.tell(untold, run.signal);
  const told = isTold ? 'people were told' : 'nobody could be told';
  run.say(isTold ? 'info' : 'error', `${subject.name}: ${told} (${reason})`);
  if (isTold) await keep(subject, { standing }, run);
};

/** What cannot be kept is known until the process ends. */
const keep = async (
  { id }: Subject,
  { standing: { downSince }, untold }: Pick<News, 'standing'> & Partial<News>,
  { memory, say }: Run,
): Promise<void> => {
  const known: Known = {
    ...(downSince === undefined ? {} : { downSince }),
    ...(untold === undefined ? {} : { untold }),
  };
  try {
    await memory.put(id, known);
  } catch (error) {
    say('warn', `what is known cannot be written down: ${messageOf(error)}`);
  }
};

const tellingOf = ({ id, name }: Subject, look: Look, began: number, { from, clock }: Run): Telling => {
  const about = { incident: `watch:${id}:${began}`, severity: 'critical' } as const;
  const since = new Date(began).toISOString().slice(0, 19).replace('T', ' ');
  const seconds = Math.round((clock.now() - began) / 1000);
  return look.isWell
    ? {
        ...about,
        status: 'resolved',
        title: `${name} is back`,
        text: `It was down for ${seconds} s, since ${since} UTC. Seen from ${from}.`,
      }
    : {
        ...about,
        status: 'firing',
        title: `${name} is down`,
        text: `Since ${since} UTC: ${look.reason}. Seen from ${from}.`,
      };
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
