import { Command, Option } from 'commander';
import { ALERTS } from '../../alerting/rules/table.ts';
import { type NewAlert, withAlertmanager } from './alertmanager-api.ts';
import { collect, parseLabel } from './matchers.ts';
import { type AlertsOptions, EXIT_CODES, say, withAddress } from './options.ts';
import { parseSpan } from './span.ts';

interface FireOptions extends AlertsOptions {
  readonly for: number;
  readonly severity?: string;
  readonly action?: string;
  readonly label?: readonly (readonly [string, string])[];
  readonly summary?: string;
  readonly resolve?: true;
}

/** The tiers, each with a test of its own: mail, mail that more capacity would come with, mail and SMS. */
const TIERS = [
  { severity: 'warning', action: 'email' },
  { severity: 'error', action: 'autoscale' },
  { severity: 'critical', action: 'circuit-break' },
] as const;

/** `clawdbot alerts test`: whether people can be reached. The label `clawdbot_test` keeps machines out of it. */
export const testCommand = (): Command =>
  withAddress(new Command('test'))
    .description('send a test through every tier: people are told, marked as TEST; nothing is scaled, no breaker opens')
    .addOption(spanOption('after which the tests are over, which is told, too', '2m'))
    .addHelpText('after', EXIT_CODES)
    .action((options: FireOptions) => {
      const alerts = TIERS.map((tier) => ({
        labels: { alertname: 'TestAlert', ...tier, job: `test-${tier.severity}`, clawdbot_test: 'true' },
        annotations: {
          summary: `TEST of the tier ${tier.severity}`,
          description: 'Sent by `clawdbot alerts test`. Nothing is wrong. Whoever reads this can be reached.',
        },
      }));
      return send(options, alerts, 'sent a test of each tier: e-mail for three of them, an SMS for critical');
    });

/** `clawdbot alerts fire`: an alert by hand, for drills; everything that follows from one follows. */
export const fireCommand = (): Command =>
  withAddress(new Command('fire'))
    .description('fire an alert by hand, as if its condition held; what follows from it is done')
    .argument('<alert>', 'its name')
    .option('--severity <severity>', 'default: that of the rule')
    .option('--action <action>', 'default: that of the rule')
    .option('--label <name=value>', 'a label; may be given again', collect(parseLabel))
    .option('--summary <text>', 'what happened')
    .option('--resolve', 'it is over now')
    .addOption(spanOption('after which it ends by itself', '5m'))
    .addHelpText('after', EXIT_CODES)
    .action((name: string, options: FireOptions) => {
      const { severity, action, label = [], summary, resolve } = options;
      const rule = ALERTS.find((alert) => alert.name === name);
      const labels = {
        ...{
          alertname: name,
          severity: severity ?? rule?.severity ?? 'warning',
          action: action ?? rule?.action ?? 'email',
        },
        ...{ job: 'clawdbot', ...Object.fromEntries(label) },
      };
      const annotations = {
        summary: summary ?? `${name}, fired by hand`,
        description: 'Fired by `clawdbot alerts fire`.',
      };
      const told = `${resolve ? 'resolved' : 'fired'} ${name} (${labels.severity}, ${labels.action})`;
      return send(options, [{ labels, annotations }], told);
    });

const spanOption = (help: string, span: string): Option =>
  new Option('--for <span>', help).argParser(parseSpan).default(parseSpan(span), span);

const send = async (
  { for: ms, resolve, json, ...address }: FireOptions,
  alerts: readonly Pick<NewAlert, 'labels' | 'annotations'>[],
  told: string,
): Promise<void> => {
  const now = Date.now();
  // One that begins and ends at once is none.
  const span = resolve ? [now - 1000, now] : [now, now + ms];
  const [startsAt = '', endsAt = ''] = span.map((time) => new Date(time).toISOString());
  const sent = alerts.map((alert) => ({ ...alert, startsAt, endsAt }));
  await withAlertmanager(address, (api) => api.post(sent));
  say(json ? JSON.stringify({ alerts: sent }, null, 2) : `${told}; ${resolve ? 'over' : 'until'} ${endsAt}`);
};
