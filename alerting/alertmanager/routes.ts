import type { AlertmanagerConfig } from '../../core/config/schema.ts';
import { is, isNot, isOneOf } from './matcher.ts';
import { mutedIn } from './mute-times.ts';
import type { Receiver } from './receivers.ts';

/** The label of an alert that `clawdbot alerts test` sends: people are told, nothing is done. */
export const TEST_LABEL = 'clawdbot_test';

interface Route {
  readonly receiver: Receiver;
  readonly matchers?: readonly string[];
  readonly continue?: true;
  readonly [setting: string]: unknown;
}

type Pace = AlertmanagerConfig['email'];

/**
 * Who is told what. Severity alone moves nothing: what a machine does about an alert needs the severity **and** the action of its
 * tier, so that a burnt error budget, critical too, never opens a breaker.
 */
export const routeTree = (settings: AlertmanagerConfig): Route => {
  const { email, temperature, autoscale, circuitBreak, sms } = settings;
  const routes: Route[] = [
    heartbeat(settings.heartbeatMs),
    { ...acting('sms', [isOneOf('severity', SEVERITIES), is('action', 'page')]), ...TOLD, ...paced(sms) },
    { ...acting('sms', [is('severity', 'critical'), is('action', 'circuit-break')]), ...TOLD, ...paced(sms) },
    {
      ...acting('circuit-break', [is('severity', 'critical'), is('action', 'circuit-break')], 'no test'),
      ...paced(circuitBreak),
    },
    {
      ...acting('autoscale', [isOneOf('severity', ['warning', 'error']), is('action', 'autoscale')], 'no test'),
      ...paced(autoscale),
    },
    {
      ...{ receiver: 'email', matchers: [is('alertname', HOT), is('severity', 'warning')] },
      ...{ group_by: ['alertname', 'job', 'instance', 'hw_id'], ...paced(temperature), ...muted(settings, 'warning') },
    },
    ...(['warning', 'error'] as const).map((severity) => ({
      ...{ receiver: 'email' as const, matchers: [is('severity', severity)], ...muted(settings, severity) },
    })),
    // Critical ones, and whatever else there is, such as rules of the operator without a severity.
    { receiver: 'email' },
  ];
  return { receiver: 'email', group_by: ['alertname', 'job', 'severity'], ...paced(email), routes };
};

const SEVERITIES = ['warning', 'error', 'critical'];
/** Its device may stay hot for weeks: told once a day, whatever its group does. */
const HOT = 'AcceleratorTemperatureHigh';
/** People get one message about an incident, a machine one for each model. */
const TOLD = { group_by: ['alertname', 'job'] };

/** The alert goes on to the routes after it: the mail is told of everything. */
const acting = (receiver: Receiver, matchers: readonly string[], isTestKept?: 'no test'): Route => ({
  receiver,
  matchers: isTestKept === undefined ? matchers : [...matchers, isNot(TEST_LABEL, 'true')],
  group_by: ['alertname', 'job', 'gen_ai_request_model'],
  continue: true,
});

const paced = ({ groupWaitMs, groupIntervalMs, repeatIntervalMs }: Pace) => ({
  group_wait: `${groupWaitMs}ms`,
  group_interval: `${groupIntervalMs}ms`,
  repeat_interval: `${repeatIntervalMs}ms`,
});

/** Repeats are due at the ticks of the interval: two ticks a beat, and a repeat that is due just before the second one. */
const heartbeat = (everyMs: number): Route => ({
  receiver: 'heartbeat',
  matchers: [is('alertname', 'Watchdog')],
  group_by: ['alertname'],
  ...paced({ groupWaitMs: 0, groupIntervalMs: Math.ceil(everyMs / 2), repeatIntervalMs: Math.ceil(everyMs * 0.75) }),
});

const muted = ({ muteTimes }: AlertmanagerConfig, severity: 'warning' | 'error') => {
  const names = mutedIn(muteTimes, severity);
  return names.length === 0 ? {} : { mute_time_intervals: names };
};
