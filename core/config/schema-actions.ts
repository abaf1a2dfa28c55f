import { z } from 'zod';
import { messages, notifiers } from './schema-notifiers.ts';
import { bytes, milliseconds, name, path, setting } from './setting.ts';

/** A label has this value, or one of these. */
const match = z.record(z.string().min(1), z.union([z.string(), z.array(z.string()).min(1)]));

const policyRow = z.strictObject({
  receiver: setting(name.optional(), 'Receiver of Alertmanager, the end of `/hooks/<receiver>`. Default: any.'),
  match: setting(match.default({}), 'Labels an alert must have, each with a value or one of a list; empty: any alert.'),
  action: setting(
    z.string().min(1),
    'What is done: scale, breaker, sms, email, or a module that exports an action as `plugin`.',
  ),
  bounds: setting(
    z.record(z.string(), z.unknown()).default({}),
    "Limits of the action's own; see alerting/actions/README.md.",
  ),
  cooldownMs: setting(
    milliseconds().default(0),
    'Time after which the action may be asked again for the same alert, when that ended and came back.',
  ),
  dryRun: setting(
    z.boolean().default(false),
    'True: decided and written down, but nothing is changed and nobody told.',
  ),
});

/** The three tiers. Every alert reaches people by e-mail from Alertmanager itself. */
const SHIPPED_ROWS: z.input<typeof policyRow>[] = [
  { receiver: 'autoscale', match: { action: 'autoscale' }, action: 'scale' },
  { receiver: 'circuit-break', match: { action: 'circuit-break' }, action: 'breaker' },
  { receiver: 'sms', action: 'sms' },
];

const url = z.url({ protocol: /^https?$/ }).meta({ expected: 'an http or https URL' });

export const actions = z.strictObject({
  enabled: setting(z.boolean().default(true), 'Whether `clawdbot up` starts the process that acts on alerts.'),
  host: setting(
    z.string().min(1).default('127.0.0.1'),
    'Address it listens on; other than the loopback only with `tls` and `tokenFile`.',
  ),
  port: setting(z.int().min(0).max(65535).default(9900), 'Its port; 0 picks a free one.'),
  tls: z
    .strictObject({
      cert: setting(path.optional(), 'PEM file of its certificate. Default: plain HTTP.'),
      key: setting(path.optional(), 'PEM file of its private key.'),
    })
    .prefault({}),
  tokenFile: setting(
    path.optional(),
    'File with the token that readers of its pages must send. Default: none is asked for; webhooks always need theirs.',
  ),
  maxBodyBytes: setting(
    bytes(65_536).default(8_388_608),
    'Largest webhook; a thousand alerts take about two megabytes.',
  ),
  policy: setting(
    z.array(policyRow).prefault(SHIPPED_ROWS),
    'What is done about which alert: every row that fits, but no action twice. A list replaces the shipped one.',
  ),
  notifiers: setting(
    notifiers.default([]),
    'Who is told of what must not wait for somebody to read mail, by which provider; the next one where one fails.',
  ),
  messages: messages.prefault({}),
  attempts: z
    .strictObject({
      deadlineMs: setting(milliseconds(100).default(30_000), 'Time for one attempt at an action.'),
      minMs: setting(milliseconds(1).default(1000), 'Wait after the first attempt that must be repeated; it doubles.'),
      maxMs: setting(milliseconds(1).default(60_000), 'Longest wait between two attempts.'),
      giveUpMs: setting(milliseconds(1000).default(86_400_000), 'Age at which it is given up, loudly.'),
    })
    .prefault({}),
  tickMs: setting(milliseconds(50).default(5000), 'Time between two looks of actions that go on between webhooks.'),
  deadMan: z
    .strictObject({
      enabled: setting(z.boolean().default(true), 'Whether it tells when Alertmanager has fallen silent.'),
      silenceMs: setting(
        milliseconds(100).default(180_000),
        'Time without the `Watchdog` alert, after it was once there, until people are told.',
      ),
      graceMs: setting(milliseconds().default(120_000), 'Time after a start that does not count as silence.'),
      heartbeatUrl: setting(
        url.optional(),
        'Called while all is well, for a watcher elsewhere that notices when the calls end. Default: nobody is called.',
      ),
      heartbeatMethod: setting(z.enum(['GET', 'POST']).default('POST'), 'How it is called.'),
      heartbeatMs: setting(milliseconds(100).default(60_000), 'Time between two calls.'),
    })
    .prefault({}),
  gateway: z
    .strictObject({
      url: setting(url.optional(), 'Where the gateway answers. Default: the one that runs on the same data folder.'),
      ca: setting(path.optional(), 'PEM file to trust it by. Default: the local CA, or `server.tls.cert`.'),
      tokenFile: setting(
        path.optional(),
        'File with a token or API key of the scopes `admin` and `metrics`. Default: one that `clawdbot up` keeps valid; needed with `auth.jwt.jwks`.',
      ),
    })
    .prefault({}),
  prometheusUrl: setting(
    url.optional(),
    'Prometheus to ask for measurements. Default: the one that `clawdbot up` started.',
  ),
  retentionDays: setting(
    z.int().min(1).max(3650).default(30),
    'Days that decisions, and alerts that were seen, are remembered; longer than any `repeat_interval`.',
  ),
  maxStoreBytes: setting(bytes(1_048_576).default(268_435_456), 'Most room that they take on the disk.'),
});
