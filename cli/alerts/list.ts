import { Command } from 'commander';
import { renderTable } from '../models/table.ts';
import { printable } from '../narration/printable.ts';
import { type GivenAlert, type Silence, withAlertmanager } from './alertmanager-api.ts';
import { describeMatchers } from './matchers.ts';
import { type AlertsOptions, EXIT_CODES, say, withAddress } from './options.ts';

interface ListOptions extends AlertsOptions {
  readonly now?: () => number;
}

/** What Alertmanager has: alerts that fire, and silences that are not over. */
export interface AlertPage {
  readonly alerts: readonly GivenAlert[];
  readonly silences: readonly Silence[];
}

/** `clawdbot alerts list`: what fires, what is kept quiet, by whom and for how long. */
export const listCommand = (): Command =>
  withAddress(new Command('list'))
    .description('list what fires, and what is silenced')
    .addHelpText('after', EXIT_CODES)
    .action(async (options: ListOptions) => {
      const page = await withAlertmanager(options, async (api) => ({
        alerts: await api.alerts(),
        silences: (await api.silences()).filter(({ status }) => status.state !== 'expired'),
      }));
      say(options.json ? JSON.stringify(page, null, 2) : describePage(page));
    });

const WORST_FIRST = ['critical', 'error', 'warning'];
const rankOf = (severity = ''): number =>
  (WORST_FIRST.indexOf(severity) + WORST_FIRST.length + 1) % (WORST_FIRST.length + 1);

/** The page for people. The sign of life is no alert: what counts is that it is there. */
export const describePage = ({ alerts, silences }: AlertPage): string => {
  const isAlive = alerts.some(({ labels }) => labels.alertname === 'Watchdog');
  const shown = alerts
    .filter(({ labels }) => labels.alertname !== 'Watchdog')
    .toSorted(
      (one, other) =>
        rankOf(one.labels.severity) - rankOf(other.labels.severity) || one.startsAt.localeCompare(other.startsAt),
    );
  const parts = [
    shown.length === 0
      ? 'nothing fires'
      : renderTable(['severity', 'alert', 'since', 'state', 'what'], shown.map(rowOf)),
    ...(isAlive
      ? []
      : [
          'no sign of life: the alert Watchdog is missing, so Prometheus does not evaluate rules or cannot send alerts here',
        ]),
    ...(silences.length === 0
      ? []
      : [renderTable(['silence', 'state', 'until', 'by', 'what', 'why'], silences.map(silenceRow))]),
  ];
  return parts.join('\n\n');
};

const rowOf = ({ labels, annotations, startsAt, status }: GivenAlert): string[] =>
  [
    labels.severity ?? '-',
    labels.alertname ?? '-',
    shortTime(startsAt),
    stateOf(status),
    annotations.summary ?? describeLabels(labels),
  ].map(oneLine);

const stateOf = ({ silencedBy, inhibitedBy }: GivenAlert['status']): string => {
  if (silencedBy.length > 0) return 'silenced';
  return inhibitedBy.length > 0 ? 'kept back' : 'told';
};

const silenceRow = ({ id, status, endsAt, createdBy, matchers, comment }: Silence): string[] =>
  [id, status.state, shortTime(endsAt), createdBy, describeMatchers(matchers), comment].map(oneLine);

const describeLabels = (labels: GivenAlert['labels']): string =>
  Object.entries(labels)
    .filter(([name]) => !['alertname', 'severity', 'action'].includes(name))
    .map((pair) => pair.join('='))
    .join(' ');

const shortTime = (time: string): string => `${time.slice(0, 19).replace('T', ' ')}Z`;
/** What others wrote comes into one cell. */
const oneLine = (text: string): string => printable(text).replace(/\s+/g, ' ').slice(0, 200);
