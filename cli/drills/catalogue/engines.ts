import type { Drill, LogTrace } from '../drill.ts';
import { findLogLine } from '../stack/logs.ts';
import type { Settings } from '../stack/merge.ts';
import { readyReplicas } from '../stack/replicas.ts';
import { modelWith } from '../stack/settings.ts';

/** What follows from requests that fail for whatever reason. */
const BURNT = ['AvailabilityBudgetBurnFast', 'AvailabilityBudgetBurnSlow'] as const;
const SLOW = ['QueueSaturated', 'FirstTokenSlow', 'LatencyBudgetBurnFast', 'LatencyBudgetBurnSlow'] as const;

/** One engine does about nine such requests a second, two do eighteen: fourteen a second are too many for one alone. */
const TOO_SLOW = { tokenMs: 300 };
const QUICK_SCALE: Settings = { scale: { cooldownMs: 5000, stabilizationMs: 10_000, windowMs: 10_000 } };

const EXITED: LogTrace = { of: 'gateway', action: 'engine.exited' };

/** Engines: how they die, hang and fall behind. */
export const ENGINES: readonly Drill[] = [
  {
    name: 'engine-killed',
    about: 'An engine is killed. Another one takes its place, nobody is told: that is what it is built for.',
    requestsPerSecond: 5,
    settings: () => modelWith({}, { replicas: 2 }),
    inject: async ({ pids }) => {
      const [victim] = pids('engine');
      if (victim !== undefined) process.kill(victim, 'SIGKILL');
    },
    meanwhile: async (stack) => {
      await stack.until('its end is noticed', () => findLogLine(stack.data, EXITED));
      await stack.until('two engines serve again', async () => (await readyReplicas(stack)) === 2 || undefined);
      return undefined;
    },
    recover: async () => undefined,
    alerts: [],
    told: [],
    cleared: [],
    log: EXITED,
  },
  {
    name: 'engine-crash-loop',
    about:
      'The engine crashes at its first token, again and again. An e-mail says so, and callers get 503 at once instead of waiting.',
    requestsPerSecond: 5,
    inject: async ({ configure }) => configure(modelWith({ crashAfterTokens: 1 })),
    recover: async ({ configure }) => configure({}),
    alerts: ['EnginesRestarting'],
    symptoms: ['ServiceUnavailable', 'BreakerOpen', 'ModelLoadFailed', ...BURNT],
    told: [{ by: 'mail', alert: 'EnginesRestarting' }],
    cleared: [{ by: 'mail', alert: 'EnginesRestarting', isOver: true }],
    log: EXITED,
  },
  {
    name: 'decode-wedged',
    about:
      'The decode loop of the engine stops turning with requests in it. The engine is replaced each time; when that goes on, an e-mail says so.',
    requestsPerSecond: 5,
    settings: () => ({ engines: { stallMs: 2000 } }),
    inject: async ({ configure }) => configure(modelWith({ hangAfterTokens: 1 })),
    recover: async ({ configure }) => configure({}),
    alerts: ['EnginesRestarting'],
    symptoms: ['ServiceUnavailable', 'BreakerOpen', 'InferenceTimeoutsHigh', ...BURNT, ...SLOW],
    told: [{ by: 'mail', alert: 'EnginesRestarting' }],
    cleared: [{ by: 'mail', alert: 'EnginesRestarting', isOver: true }],
    log: EXITED,
  },
  {
    name: 'engine-slow',
    about:
      'Tokens take so long that one engine cannot keep up and requests time out. A second engine is started, and stopped again when all is well.',
    requestsPerSecond: 14,
    settings: () => ({ limits: { deadlineMs: 2000, maxConcurrency: 64 }, ...QUICK_SCALE }),
    inject: async ({ configure }) => configure(modelWith(TOO_SLOW)),
    async meanwhile(stack) {
      await stack.until('a second engine serves', async () => (await readyReplicas(stack)) >= 2 || undefined);
      return undefined;
    },
    recover: async ({ configure }) => configure({}),
    alerts: ['InferenceTimeoutsHigh'],
    symptoms: [...SLOW, ...BURNT, 'RequestsRefused'],
    told: [
      { by: 'decision', action: 'scale', outcome: 'done' },
      { by: 'mail', alert: 'InferenceTimeoutsHigh' },
    ],
    cleared: [
      { by: 'mail', alert: 'InferenceTimeoutsHigh', isOver: true },
      { by: 'decision', action: 'scale', outcome: 'done', says: ' to 1' },
    ],
    log: { of: 'gateway', action: 'engine.started' },
  },
  {
    name: 'queue-flood',
    about:
      'Far more requests arrive than may be worked on and wait. The queue stays bounded, the rest get 503 at once, and e-mails say so.',
    settings: () => ({ limits: { maxConcurrency: 2, queue: 8 }, ...modelWith({ tokenMs: 50 }), ...QUICK_SCALE }),
    inject: async ({ traffic }) => void traffic(40),
    recover: async ({ stopTraffic }) => stopTraffic(),
    alerts: ['RequestsRefused', 'QueueSaturated'],
    symptoms: ['FirstTokenSlow', ...BURNT],
    told: [
      { by: 'mail', alert: 'RequestsRefused' },
      { by: 'mail', alert: 'QueueSaturated' },
    ],
    cleared: [{ by: 'mail', alert: 'RequestsRefused', isOver: true }],
    log: { of: 'gateway', code: 'ERR_ADMIT_QUEUE_FULL' },
  },
];
