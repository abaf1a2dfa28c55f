import type { Config } from '../../core/config/schema.ts';
import type { WayOut } from '../../core/egress/way-out.ts';
import type { Logger } from '../../core/telemetry/log.ts';
import type { Outcome } from '../actions/action.ts';
import { createCourier } from '../actions/courier/courier.ts';
import { canSend, createSender } from '../actions/email/send.ts';
import { startNotifiers } from '../actions/notifiers.ts';
import type { Memory, Telling } from './watch.ts';

type Sections = Pick<Config, 'actions' | 'email'>;

interface Deps {
  readonly out: Pick<WayOut, 'open' | 'connect'>;
  readonly memory: Memory;
  readonly now: () => number;
  readonly say: (level: 'info' | 'warn' | 'error', text: string) => void;
}

/** Whether a configuration names anybody to tell. */
export const canTell = ({ actions, email }: Sections): boolean => actions.notifiers.length > 0 || canSend(email);

/**
 * Tells people what the watch found, as the actions service would: by the first notifier of the configuration that works, else by
 * e-mail.
 */
export const openPeople = async ({ actions, email }: Sections, { out, memory, now, say }: Deps) => {
  const send = createSender({ config: email, out });
  const { ways, stop } = await startNotifiers(actions.notifiers, { out, now });
  const courier = createCourier({
    ...{ ways, now, messages: actions.messages, email: send, state: memory },
    log: logThrough(say),
    // Nobody scrapes a watch.
    count: () => undefined,
  });
  const mail = ({ incident, status, title, text }: Telling, signal: AbortSignal): Promise<Outcome> => {
    const subject = `[${status === 'firing' ? 'Critical' : 'Resolved'}] ${title}`;
    return send({ key: `${incident}:${status}`.replace(/[^\w.-]/g, '-'), subject, text }, signal);
  };
  return {
    async tell(telling: Telling, signal: AbortSignal) {
      const { outcome, reason } = await (ways.length === 0 ? mail(telling, signal) : courier.tell(telling, signal));
      // `nothing`: they know already, or got as many messages as they may get.
      return { isTold: outcome === 'done' || outcome === 'nothing', reason };
    },
    stop,
  };
};

const logThrough = (say: Deps['say']): Logger => {
  const nothing = (): void => undefined;
  const through = (level: 'warn' | 'error') => (action: string, _fields?: unknown, message?: string) =>
    say(level, message ?? action);
  return { trace: nothing, debug: nothing, info: nothing, warn: through('warn'), error: through('error') };
};
