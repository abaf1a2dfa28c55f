import type { Drill } from '../drill.ts';
import { readyReplicas } from '../stack/replicas.ts';
import type { Stack } from '../stack/stack.ts';
import { pause } from '../stack/wait.ts';

/** What an operator does on a good day, and what is mended without anybody: each once, spread over the time. */
const TURNS: readonly ((stack: Stack) => Promise<void>)[] = [
  async ({ configure }) => configure({ limits: { queue: 300 } }),
  async ({ signalTo }) => signalTo('collectors', 'SIGKILL'),
  async ({ pids }) => {
    const [one] = pids('engine');
    if (one !== undefined) process.kill(one, 'SIGKILL');
  },
  async ({ signalTo }) => signalTo('actions', 'SIGKILL'),
  async ({ configure }) => configure({}),
  async ({ signalTo }) => signalTo('alertmanager', 'SIGKILL'),
  async ({ signalTo, supervisor, until, pids }) => {
    const [victim] = pids('gateway');
    signalTo('gateway', 'SIGKILL');
    // Until the supervisor has seen it end there is nothing to release.
    await until('another gateway', () => {
      const [now] = pids('gateway');
      if (now === undefined) supervisor.signal('SIGUSR2');
      return (now !== undefined && now !== victim) || undefined;
    });
  },
  async ({ signalTo }) => signalTo('prometheus', 'SIGKILL'),
];

/** A service that does well. */
export const HEALTHY: readonly Drill[] = [
  {
    name: 'healthy',
    about:
      'Nothing breaks: steady load, while the configuration is changed and each process in turn is killed and comes back. Nobody is told anything.',
    missing: (profile) =>
      profile === 'real' ? undefined : 'waiting times are so short in the fast profile that a restart is an outage',
    requestsPerSecond: 10,
    settings: () => ({
      models: [{ id: 'drill', engine: 'scripted', slots: 8, replicas: 2, options: { reply: 'echo', tokenMs: 20 } }],
    }),
    inject: async () => undefined,
    async meanwhile(stack) {
      const { mail, sms, signal, minutes, until } = stack;
      const end = performance.now() + minutes * 60_000;
      const gapMs = (minutes * 60_000) / (TURNS.length + 1);
      for (const turn of TURNS) {
        await pause(gapMs, signal);
        signal.throwIfAborted();
        await turn(stack);
      }
      await pause(end - performance.now(), signal);
      await until('two engines serve', async () => (await readyReplicas(stack)) === 2 || undefined);
      const said = [
        ...mail.messages.map(({ subject }) => `the e-mail «${subject}»`),
        ...[...sms.first.messages, ...sms.second.messages].map(({ text }) => `the SMS «${text}»`),
      ];
      if (said.length > 0) throw new Error(`nobody was to be told anything, and ${said.join(', ')} came`);
      return [`${minutes} minutes, ${TURNS.length} reloads and restarts, no e-mail, no SMS`];
    },
    recover: async () => undefined,
    alerts: [],
    told: [],
    cleared: [],
  },
];
