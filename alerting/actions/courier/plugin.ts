import type { MessagesConfig, NotifiersConfig } from '../../../core/config/schema-notifiers.ts';
import { type Alert, defineAction, type Task } from '../action.ts';
import type { NotifierContext } from '../notifier/notifier.ts';
import { createCourier, type Telling } from './courier.ts';
import type { Way } from './delivery.ts';

interface Options {
  readonly notifiers: NotifiersConfig;
  readonly messages: MessagesConfig;
}

/** Starts what the configuration names; see notifiers.ts. */
type StartNotifiers = (
  configs: NotifiersConfig,
  context: NotifierContext,
) => Promise<{ readonly ways: readonly Way[]; stop(): Promise<void> }>;

/** Tells people of an alert or of what the service itself has to say: by SMS, in a chat, and by e-mail where neither works. */
export const createSmsAction = (startNotifiers: StartNotifiers) =>
  defineAction<Options>({
    manifest: { id: 'action.sms', kind: 'action', summary: 'Tells people by SMS and chat, and by e-mail if need be.' },
    // Safe: the row of the registry hands in the sections that the configuration checked.
    config: (raw) => raw as Options,
    async start({ config, out, now, state, log, email, telemetry }) {
      const { ways, stop } = await startNotifiers(config.notifiers, { out, now });
      const courier = createCourier({
        ...{ ways, state, now, log, email },
        messages: config.messages,
        count: (notifier, outcome) => telemetry.counter('notifications', { notifier, outcome }),
      });
      return {
        concurrency: 8,
        // Nothing less is worth a message to a phone; e-mail brings the rest.
        tells: ways.length === 0 ? [] : ['critical'],
        async perform(task, signal) {
          const telling = tellingOf(task);
          if (task.dryRun) return { outcome: 'dry_run', reason: `would tell «${telling.title}» to ${names(ways)}` };
          return courier.tell(telling, signal);
        },
        stop,
      };
    },
  });

const names = (ways: readonly Way[]): string => ways.map(({ id }) => id).join(', ') || 'nobody';

/** What a task says to people. */
export const tellingOf = ({
  incident,
  status,
  alerts,
  notice,
}: Pick<Task, 'incident' | 'status' | 'alerts' | 'notice'>): Telling => {
  if (notice !== undefined) return { status, ...notice, incident: notice.incident ?? incident };
  const [alert, ...more] = alerts;
  if (alert === undefined) return { incident, status, severity: 'warning', title: 'alert', text: '' };
  return { incident, status, ...wordsOf(alert, more.length) };
};

const wordsOf = ({ labels, annotations }: Alert, more: number): Omit<Telling, 'incident' | 'status'> => {
  const { dashboard_url: panel, logs_url: logs, runbook_url: runbook, summary, description } = annotations;
  const title = summary ?? labels.alertname ?? 'alert';
  // One link fits: the panel says most, and links to the others.
  const url = panel ?? logs ?? runbook;
  return {
    severity: labels.severity ?? 'warning',
    title: more === 0 ? title : `${title} (+${more})`,
    text: description ?? '',
    ...(url === undefined ? {} : { url }),
    // What `clawdbot alerts test` fires.
    isTest: labels.clawdbot_test === 'true',
  };
};
