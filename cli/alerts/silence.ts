import { Command } from 'commander';
import { ServiceError } from '../../core/errors/service-error.ts';
import { localUser, withTrail } from '../local/trail.ts';
import {
  type AlertmanagerAddress,
  type AlertmanagerApi,
  type GivenAlert,
  type NewSilence,
  withAlertmanager,
} from './alertmanager-api.ts';
import {
  collect,
  describeMatchers,
  exactly,
  type Matcher,
  NOT_WATCHDOG,
  parseLabel,
  parseMatcher,
  sparingWatchdog,
} from './matchers.ts';
import { type AlertsOptions, EXIT_CODES, type SilenceOptions, say, withAddress, withReason } from './options.ts';

type Labels = readonly (readonly [string, string])[];

/** `clawdbot alerts ack`: somebody is on it; what fires now is not told again for a while, what comes new is. */
export const ackCommand = (): Command =>
  withReason(new Command('ack'), '2h')
    .description('acknowledge an alert: what fires of it now is quiet for a while')
    .argument('<alert>', 'its name, or the fingerprint of one')
    .option('--label <name=value>', 'only those with this label; may be given again', collect(parseLabel))
    .addHelpText('after', EXIT_CODES)
    .action((alert: string, { label = [], ...options }: SilenceOptions & { readonly label?: Labels }) =>
      silence(options, async (api) => {
        const firing = (await api.alerts()).filter((each) => isMeant(each, alert, label));
        if (firing.length > 0) return firing.map(({ labels }) => exactly(labels));
        const message = `no alert called ${alert}${label.length > 0 ? ' with these labels' : ''} fires; \`clawdbot alerts list\` shows those that do`;
        throw new ServiceError('ERR_ALERTS_REFUSED', message);
      }),
    );

const isMeant = ({ labels, fingerprint }: GivenAlert, alert: string, wanted: Labels): boolean =>
  (labels.alertname === alert || fingerprint === alert) && wanted.every(([name, value]) => labels[name] === value);

/** `clawdbot alerts silence`: whatever fits is quiet for a while, also what is yet to come. */
export const silenceCommand = (): Command =>
  withReason(new Command('silence'))
    .description('keep alerts quiet for a while, those to come as well')
    .argument('<matcher...>', 'labels they must have, such as alertname=DiskFull or hw_id=~"GPU-8d.*"')
    .addHelpText('after', `\nThe sign of life (Watchdog) is never silenced.${EXIT_CODES}`)
    .action((given: readonly string[], options: SilenceOptions, command: Command) => {
      const matchers = given.map((text) => parseArgument(text, command));
      return silence(options, async () => [sparingWatchdog(matchers)]);
    });

/** Commander turns what a parser of an option throws into a usage error, but not of each of several arguments. */
const parseArgument = (text: string, command: Command): Matcher => {
  try {
    return parseMatcher(text);
  } catch (error) {
    return command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** `clawdbot alerts maintenance`: everything but the sign of life is quiet, so nothing is done either. */
export const maintenanceCommand = (): Command =>
  withReason(new Command('maintenance'))
    .description(
      'begin a maintenance window: no alert is told, and nothing is done about any, but for the sign of life',
    )
    .addHelpText('after', `\n\`clawdbot alerts unsilence ID\` ends it early.${EXIT_CODES}`)
    .action((options: SilenceOptions) => silence(options, async () => [[NOT_WATCHDOG]]));

/** `clawdbot alerts unsilence`: ends a silence, an acknowledgement or a maintenance window now. */
export const unsilenceCommand = (): Command =>
  withAddress(new Command('unsilence'))
    .description('end a silence, an acknowledgement or a maintenance window now')
    .argument('<id...>', 'as `clawdbot alerts list` shows it')
    .addHelpText('after', EXIT_CODES)
    .action((ids: readonly string[], options: AlertsOptions) =>
      withAlertmanager(options, async (api) => {
        for (const id of ids) {
          await api.endSilence(id);
          await record(options, 'silence.ended', { silence: id });
          if (!options.json) say(`ended: ${id}`);
        }
        if (options.json) say(JSON.stringify({ ended: ids }, null, 2));
      }),
    );

const silence = (
  { for: ms, comment, by, json, ...address }: SilenceOptions,
  chooseFrom: (api: AlertmanagerApi) => Promise<readonly (readonly Matcher[])[]>,
): Promise<void> =>
  withAlertmanager(address, async (api) => {
    const now = Date.now();
    const span = { startsAt: new Date(now).toISOString(), endsAt: new Date(now + ms).toISOString() };
    const made: (NewSilence & { readonly id: string })[] = [];
    for (const matchers of await chooseFrom(api)) {
      const wish = { matchers, ...span, createdBy: by, comment };
      const id = await api.silence(wish);
      await record(address, 'silence.created', {
        silence: id,
        until: span.endsAt,
        matchers: describeMatchers(matchers),
      });
      made.push({ id, ...wish });
    }
    if (json) return say(JSON.stringify({ silences: made }, null, 2));
    for (const { id, matchers } of made) say(`quiet until ${span.endsAt}: ${describeMatchers(matchers)} (${id})`);
  });

/** Whoever keeps the alerts of a data folder quiet is on record there; what another Alertmanager is told is its own. */
const record = async (
  { data, alertmanager }: AlertmanagerAddress,
  action: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> => {
  if (alertmanager === undefined) await withTrail(data, (trail) => trail.append(action, { ...localUser(), labels }));
};
