import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configSchema } from '../../../core/config/schema.ts';
import type { GenerationEvent } from '../call.ts';
import type { Run, RunContext } from './attempt.ts';
import type { JobPayload } from './job.ts';
import { createJobs, type Jobs, type JobsOptions } from './jobs.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import type { Submission } from './submission.ts';

export type JobsConfig = JobsOptions['config'];

/** The default settings with some changed. */
export const jobsConfig = (more: object = {}): JobsConfig => configSchema.parse({ jobs: more }).jobs;

/** A payload whose prompt is `text`. */
export const payloadOf = (text: string, more: Partial<JobPayload> = {}): JobPayload => ({
  request: {
    input: { kind: 'text', prompt: text },
    maxTokens: 8,
    temperature: 0,
    topP: 1,
    seed: null,
    stop: [],
    responseFormat: { type: 'text' },
  },
  ...more,
});

/** A submission of tenant `one`. */
export const submissionOf = (text: string, more: Partial<Submission> = {}): Submission => ({
  caller: { keyId: 'key:one', tenant: 'one' },
  requestId: 'request',
  payload: payloadOf(text),
  priority: 'normal',
  ...more,
});

/** The prompt a run was asked for. */
export const promptOf = ({ request: { input } }: JobPayload): string =>
  input.kind === 'chat'
    ? input.messages.map((message) => message.content).join('\n')
    : input.kind === 'text'
      ? input.prompt
      : '';

/** The events of a generation that answers `texts`. */
export async function* answer(...texts: readonly string[]): AsyncGenerator<GenerationEvent> {
  yield { type: 'accepted', model: 'scripted', promptTokens: 1 };
  for (const text of texts) yield { type: 'text', text, tokens: 1 };
  yield {
    type: 'finished',
    reason: 'stop',
    usage: { promptTokens: 1, completionTokens: texts.length, cachedTokens: 0 },
    timings: { queueMs: 0, prefillMs: 1, decodeMs: 2 },
  };
}

/** One run that the test steers: it goes on when told to, and ends when its signal aborts. */
export interface SteeredRun {
  readonly prompt: string;
  readonly context: RunContext;
  accept(): void;
  text(text: string): void;
  finish(): void;
  fail(error: unknown): void;
}

/** A `run` that does nothing by itself; `runs` lists what was started, in order. */
export const createSteering = (): { run: Run; runs: SteeredRun[] } => {
  const runs: SteeredRun[] = [];
  const run: Run = (payload, context) => {
    const queue: (() => GenerationEvent)[] = [];
    let resume = () => {};
    const push = (step: () => GenerationEvent) => {
      queue.push(step);
      resume();
    };
    const raise = (error: unknown) =>
      push(() => {
        throw error;
      });
    context.signal.addEventListener('abort', () => raise(new Error('aborted')), { once: true });
    runs.push({
      prompt: promptOf(payload),
      context,
      accept: () => push(() => ({ type: 'accepted', model: 'scripted', promptTokens: 1 })),
      text: (text) => push(() => ({ type: 'text', text, tokens: 1 })),
      finish: () =>
        push(() => ({
          type: 'finished',
          reason: 'stop',
          usage: { promptTokens: 1, completionTokens: 1, cachedTokens: 0 },
          timings: { queueMs: 0, prefillMs: 1, decodeMs: 2 },
        })),
      fail: raise,
    });
    return (async function* () {
      for (;;) {
        const step = queue.shift();
        if (step !== undefined) {
          const event = step();
          yield event;
          if (event.type === 'finished') return;
        } else {
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
        }
      }
    })();
  };
  return { run, runs };
};

export interface LogLine {
  readonly level: string;
  readonly action: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger that keeps its lines. */
export const createRecorder = () => {
  const lines: LogLine[] = [];
  const at =
    (level: string) =>
    (action: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      lines.push({ level, action, fields });
    };
  return { lines, log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
};

/** A telemetry that keeps what it is told. */
export const createMeasurements = () => {
  const counted: string[] = [];
  const gauges = new Map<string, () => Iterable<{ readonly value: number; readonly labels?: object }>>();
  const telemetry: JobsOptions['telemetry'] = {
    counter: (key, labels) => void counted.push([key, ...Object.values(labels ?? {})].join(' ')),
    gauge: (key, observe) => void gauges.set(key, observe),
  };
  return { counted, gauges, telemetry };
};

export interface TestJobs {
  readonly jobs: Jobs;
  readonly clock: ManualClock;
  readonly folder: string;
  readonly lines: readonly LogLine[];
  readonly counted: readonly string[];
  readonly gauges: ReturnType<typeof createMeasurements>['gauges'];
  /** Stops and starts again on the same files, as another process would. */
  restart(more?: Partial<JobsOptions>): Promise<Jobs>;
  close(): Promise<void>;
}

/** Jobs in a folder of their own, whose time passes only when the test says so. */
export const openTestJobs = (more: Partial<JobsOptions> = {}, startAt = Date.UTC(2030, 0, 1)): TestJobs => {
  const folder = mkdtempSync(join(tmpdir(), 'clawdbot-jobs-'));
  const clock = createManualClock(startAt);
  const { lines, log } = createRecorder();
  const { counted, gauges, telemetry } = createMeasurements();
  const options: JobsOptions = {
    file: join(folder, 'jobs.db'),
    webhookKeyFile: join(folder, 'webhook.key'),
    config: jobsConfig(),
    run: (payload) => answer(`re: ${promptOf(payload)}`),
    now: clock.now,
    timers: clock,
    random: () => 0.5,
    log,
    telemetry,
    ...more,
  };
  let jobs = createJobs(options);
  return {
    get jobs() {
      return jobs;
    },
    clock,
    folder,
    lines,
    counted,
    gauges,
    async restart(changed = {}) {
      await jobs.stop();
      jobs = createJobs({ ...options, ...changed });
      return jobs;
    },
    async close() {
      await jobs.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
