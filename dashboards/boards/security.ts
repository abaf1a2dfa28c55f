import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { by, events, happened, instrument, mean, peak, recording, written } from '../panels/expression.ts';
import { lay } from '../panels/grid.ts';
import { lines } from '../panels/lines.ts';
import { alertPanel, type Step } from '../panels/panel.ts';
import { tile } from '../panels/tile.ts';
import { board } from './board.ts';
import { clicked, toLogs } from './logs-link.ts';

const unchecked = (): Panel =>
  lines({
    ...alertPanel('redaction'),
    description:
      'Texts that the redactor could not check, by where they were going. They were not passed on: nothing leaked, but somebody got an error.',
    queries: [
      { expr: happened(by('sum', ['direction'], events(recording('redactionFailures')))), legend: '{{direction}}' },
    ],
    bars: true,
    stacked: true,
    links: [toLogs('Log lines of the redactor', 'error.code:ERR_REDACT*')],
    noValue: 'none',
  });

const trail = (): Panel =>
  lines({
    ...alertPanel('audit'),
    description:
      'Failed writes of the audit trail, and records lost for good. While `audit.onFailure` is `refuse`, requests get 503 instead.',
    queries: [{ expr: happened(by('sum', ['part'], events(recording('auditFailures')))), legend: '{{part}}' }],
    bars: true,
    stacked: true,
    noValue: 'none',
  });

const SECONDS_PER_DAY = 86_400;

/** Red from where its mail is sent. */
const until = (days: number): readonly Step[] => [{ colour: 'bad' }, { from: days * SECONDS_PER_DAY, colour: 'good' }];

const expiries = ({ limits: { expiry } }: Tuning): Panel =>
  tile({
    ...alertPanel('expiries'),
    description: `Time until the certificate and the next API key end. A mail is sent ${expiry.certificateDays} days before the certificate ends, and ${expiry.apiKeyDays} before a key does.`,
    queries: [
      { expr: written(`min(${instrument('certificateExpiry').text} - time())`, 's'), legend: 'certificate' },
      { expr: written(`min(${instrument('apiKeyExpiry').text} - time())`, 's'), legend: 'API key' },
    ],
    steps: [{ colour: 'neutral' }],
    own: { certificate: until(expiry.certificateDays), 'API key': until(expiry.apiKeyDays) },
    noValue: 'nothing ends',
  });

const redactions = (): Panel =>
  lines({
    id: 100,
    title: 'Which private data is found?',
    description:
      'Matches a second by rule. A rule that jumps is a new client or a new kind of document; one that falls to nothing after a change may be broken.',
    queries: [{ expr: by('sum', ['rule'], mean(recording('redactionRate'))), legend: '{{rule}}' }],
    many: true,
    noValue: 'none',
  });

const directions = (): Panel =>
  lines({
    id: 101,
    title: 'Where was private data on its way to?',
    description:
      'Matches a second by direction: to the model (`request`), to the client (`response`), into stored jobs and logs (`record`). In answers without any in prompts: the model makes it up, or remembers it.',
    queries: [{ expr: by('sum', ['direction'], mean(recording('redactionRate'))), legend: '{{direction}}' }],
    stacked: true,
    noValue: 'none',
  });

const refusals = (): Panel =>
  lines({
    id: 102,
    title: 'Who is refused for address or credential?',
    description:
      'Refused requests a second by reason. `invalid` and `throttled` in numbers: somebody guesses. `address`: a client outside `auth.allow`.',
    queries: [{ expr: by('sum', ['reason'], mean(recording('authRefusalRate'))), legend: '{{reason}}' }],
    stacked: true,
    links: [toLogs('Log lines of refused requests', 'http.response.status_code:(401 OR 403)')],
  });

const protocol = (): Panel =>
  lines({
    id: 103,
    title: 'What does the door refuse?',
    description:
      'Connections and requests that a limit of `server` or a rule of the protocol ended, by reason. Slow heads and many connections at once are attacks or broken clients.',
    queries: [{ expr: happened(by('sum', ['reason'], events(recording('httpRefusals')))), legend: '{{reason}}' }],
    bars: true,
    stacked: true,
    links: [toLogs('Log lines of this reason', `labels.reason:"${clicked('reason')}"`)],
    noValue: 'nothing',
  });

const auditEvents = (): Panel =>
  lines({
    id: 104,
    title: 'What does the audit trail record?',
    description:
      'Records a second by what they are about. `admin`, `credential` and `config` are people: at night there should be none that nobody expects.',
    queries: [{ expr: by('sum', ['event'], mean(recording('auditRate'))), legend: '{{event}}' }],
    links: [toLogs('Records of this kind', `data_stream.dataset:"clawdbot.audit"`)],
    logarithmic: true,
  });

const auditOutcomes = (): Panel =>
  lines({
    id: 105,
    title: 'What was attempted and failed?',
    description: 'Records of the audit trail about something that failed, by what it was about.',
    queries: [
      { expr: by('sum', ['event'], mean(recording('auditRate', { outcome: 'failure' }))), legend: '{{event}}' },
    ],
    stacked: true,
  });

const egress = (): Panel =>
  lines({
    id: 106,
    title: 'Does anything leave the machine?',
    description:
      'Requests of ours to other machines, by purpose and outcome. `refused` is the policy at work: something wanted out that is not allowed.',
    queries: [
      {
        expr: happened(by('sum', ['purpose', 'outcome'], events(recording('egress')))),
        legend: '{{purpose}} {{outcome}}',
      },
    ],
    byEnding: ['sent', 'refused', 'failed'],
    bars: true,
    stacked: true,
    noValue: 'nothing',
  });

const held = (): Panel =>
  lines({
    id: 107,
    title: 'Characters held back in streams',
    description:
      'Characters of running answers that wait because they could still become a match. Hundreds an answer would be felt as a stutter.',
    queries: [{ expr: by('sum', ['instance'], peak(recording('charactersHeld'))), legend: '{{instance}}' }],
  });

/** Is private data kept, and who is kept out? */
export const security = (tuning: Tuning): Dashboard =>
  board({
    key: 'security',
    description: 'Is private data kept private, who is kept out, and is everything written down?',
    panels: lay([
      {
        height: 6,
        panels: [
          { width: 6, panel: expiries(tuning) },
          { width: 9, panel: unchecked() },
          { width: 9, panel: trail() },
        ],
      },
      {
        height: 8,
        panels: [
          { width: 14, panel: redactions() },
          { width: 10, panel: directions() },
        ],
      },
      {
        height: 8,
        panels: [
          { width: 8, panel: refusals() },
          { width: 8, panel: protocol() },
          { width: 8, panel: egress() },
        ],
      },
      {
        height: 8,
        panels: [
          { width: 8, panel: auditEvents() },
          { width: 8, panel: auditOutcomes() },
          { width: 8, panel: held() },
        ],
      },
    ]),
  });
