import type { ActionsConfig } from '../../../core/config/schema.ts';
import type { Egress } from '../../../core/egress/egress.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { ActionState, Notice } from '../action.ts';
import { lookAt, type Pulse } from './silence.ts';

interface Deps {
  readonly config: ActionsConfig['deadMan'];
  readonly state: ActionState;
  readonly now: () => number;
  readonly log: Logger;
  readonly notify: (notice: Notice) => Promise<void>;
  /** For the watcher elsewhere; undefined where there is none. */
  readonly egress: Egress | undefined;
  /** Calls again and again; answers what ends it. */
  readonly every: (ms: number, act: () => void) => () => void;
}

export interface DeadMan {
  /** The alert that always fires came. `mark`: when Prometheus evaluated it, where its rule says so. */
  beat(mark: string | undefined): Promise<void>;
  /** Milliseconds since it came last with news; undefined: it never did. */
  ageMs(): number | undefined;
  readonly isSilent: boolean;
  stop(): Promise<void>;
}

/** The name it keeps its state and its decisions under. */
export const DEAD_MAN = 'dead_man';
const LOOKS = 12;
const MAX_LOOK_MS = 5000;
const MOST_ANSWER_BYTES = 65_536;

/**
 * Notices when alerts can no longer arrive: `Watchdog` always fires, so its absence means that Prometheus, Alertmanager or the
 * way between them is broken. And shows a watcher elsewhere that all of this is alive.
 */
export const openDeadMan = ({ config, state, now, log, notify, egress, every }: Deps): DeadMan => {
  const { silenceMs, graceMs } = config;
  const lookMs = Math.min(MAX_LOOK_MS, Math.max(20, silenceMs / LOOKS));
  let pulse: Pulse = { ...readPulse(state.get('pulse')), listeningSince: now(), lookedAt: now() };
  let looking: Promise<void> = Promise.resolve();
  let calling: Promise<void> | undefined;
  let isUnanswered = false;
  const keep = ({ lastAt, toldAt, mark }: Pulse) => state.put('pulse', { lastAt, toldAt, mark });

  const look = async (): Promise<void> => {
    const { pulse: next, tell } = lookAt(pulse, now(), { silenceMs, graceMs, lookMs });
    pulse = next;
    if (tell === undefined) return;
    // Told first: after a crash in between it is told once more rather than never.
    const incident = `dead-man:${tell.kind === 'silent' ? next.lastAt : tell.silentMs}`;
    await notify({ ...describe(tell.kind, Math.round(tell.silentMs / 1000)), incident });
    await keep(next);
  };
  const lookSoon = (): void => {
    looking = looking.then(look).catch((err) => log.error('watchdog.failed', { err }));
  };
  const call = async (): Promise<void> => {
    const { heartbeatUrl, heartbeatMethod } = config;
    // The watcher elsewhere is to notice a silence here as well: it may reach people whom we cannot.
    if (heartbeatUrl === undefined || egress === undefined || pulse.toldAt !== undefined) return;
    try {
      const answer = await egress.request(heartbeatUrl, { method: heartbeatMethod });
      await answer.discard(MOST_ANSWER_BYTES);
      if (answer.status >= 400) throw new Error(`answered ${answer.status}`);
      if (isUnanswered) log.info('heartbeat.recovered', {}, 'the watcher elsewhere answers again');
      isUnanswered = false;
    } catch (err) {
      if (!isUnanswered) log.warn('heartbeat.failed', { err }, 'the watcher elsewhere does not hear us');
      isUnanswered = true;
    }
  };
  const callSoon = (): void => {
    calling ??= call().finally(() => {
      calling = undefined;
    });
  };
  const ends = [
    ...(config.enabled ? [every(lookMs, lookSoon)] : []),
    ...(egress === undefined ? [] : [every(config.heartbeatMs, callSoon)]),
  ];
  if (egress !== undefined) callSoon();

  return {
    async beat(mark) {
      // Alertmanager goes on with what Prometheus said last, for minutes.
      if (mark !== undefined && mark === pulse.mark) return;
      pulse = { ...pulse, lastAt: now(), mark };
      await keep(pulse);
      if (pulse.toldAt !== undefined) lookSoon();
    },
    ageMs: () => (pulse.lastAt === undefined ? undefined : Math.max(0, now() - pulse.lastAt)),
    get isSilent() {
      return pulse.toldAt !== undefined;
    },
    async stop() {
      for (const end of ends) end();
      await looking;
      await egress?.close();
      await calling;
    },
  };
};

// Safe: written by `state.put` here alone.
const readPulse = (value: unknown): Pick<Pulse, 'lastAt' | 'toldAt' | 'mark'> => {
  const { lastAt, toldAt, mark } = (value ?? {}) as Partial<Pulse>;
  return { lastAt, toldAt, mark };
};

const describe = (kind: 'silent' | 'back', seconds: number): Notice =>
  kind === 'silent'
    ? {
        severity: 'critical',
        title: 'Alerts cannot arrive',
        text: `The alert that always fires has been silent for ${seconds} s: Prometheus, Alertmanager or the way between them is broken, and no other alert would arrive either. Look at «clawdbot status», then at logs/prometheus and logs/alertmanager.`,
      }
    : {
        severity: 'critical',
        title: 'Alerts arrive again',
        text: `The alert that always fires is back, ${seconds} s after its silence was told.`,
      };
