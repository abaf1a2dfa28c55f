import { z } from 'zod';
import { ALERT_NAMES } from './alert-names.ts';
import { milliseconds, setting } from './setting.ts';

const ratio = (share: number) => z.number().gt(0).max(1).default(share);
const celsius = z.number().min(20).max(150);
const page = z
  .string()
  .regex(/^https?:\/\/[^\s?#]+$/)
  .meta({ expected: 'an http or https URL without query' });

const links = z.strictObject({
  grafana: setting(page.default('http://127.0.0.1:3000'), 'Where Grafana is, for the links in alerts.'),
  kibana: setting(page.default('http://127.0.0.1:5601'), 'Where Kibana is.'),
  runbooks: setting(
    z.string().min(1).default('alerting/runbooks/'),
    'What stands before `<Alert>.md` in links to runbooks; default: their place in the repository.',
  ),
});

const requests = z.strictObject({
  minimum: setting(
    z.int().min(1).default(20),
    'Requests in five minutes below which no share of them raises an alert: one of two is no wave.',
  ),
  timeoutRatio: setting(ratio(0.05), 'Share of requests that time out, beyond which capacity is added.'),
  queueRatio: setting(
    z.number().gt(0).max(1000).default(1),
    'Requests that wait for each that is worked on, beyond which capacity is added.',
  ),
  firstTokenMs: setting(
    milliseconds(1).default(5000),
    'First-token latency that 95 of 100 answers keep, beyond which capacity is added.',
  ),
  refusedRatio: setting(ratio(0.05), 'Share of requests that find the queue full.'),
  degradedRatio: setting(ratio(0.05), 'Share of answers that come from a fall-back.'),
  jobAgeMs: setting(milliseconds(1000).default(600_000), 'How long the oldest job may wait.'),
});

const engines = z.strictObject({
  restarts: setting(z.int().min(1).max(1000).default(3), 'Restarts of the engines of a model in fifteen minutes.'),
  loadMs: setting(milliseconds(1000).default(180_000), 'How long a model may take to load.'),
  cacheDropRatio: setting(
    ratio(0.5),
    'What a cache still finds in half an hour, of its share in the day before, below which it has gone cold.',
  ),
  cacheUsefulRatio: setting(ratio(0.2), 'Share a cache must have found in that day for this to be news.'),
});

const accelerators = z.strictObject({
  temperatureCelsius: setting(
    celsius.default(75),
    'Temperature beyond which an e-mail is sent; `clawdbot alerts calibrate` proposes one for each device.',
  ),
  memoryRatio: setting(ratio(0.98), 'Share of the memory of a device that may be used.'),
  fanRatio: setting(ratio(0.05), 'Speed below which a fan stands still,'),
  fanCelsius: setting(celsius.default(65), 'and the temperature from which on it must not.'),
  correctedErrors: setting(
    z.int().min(1).max(1_000_000).default(100),
    'Corrected memory errors in an hour; of uncorrected ones each is told.',
  ),
  devices: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z0-9:._-]{1,128}$/)
        .meta({ expected: 'the `hw_id` of a device: its UUID, or its bus address' }),
      z.strictObject({ temperatureCelsius: setting(celsius.optional(), 'The same for this device.') }),
    )
    .default({})
    .meta({ description: 'Limits of single devices, by UUID.' }),
});

const host = z.strictObject({
  diskRatio: setting(ratio(0.9), 'Share of a disk of ours that may be used.'),
  memoryStalledRatio: setting(ratio(0.1), 'Share of time in which everything may wait for memory.'),
  throttledRatio: setting(
    z.number().gt(0).max(1000).default(0.5),
    'Seconds in a second for which threads of a control group may be held back.',
  ),
  clockSkewMs: setting(milliseconds(1000).default(30_000), 'How far the clocks of two machines may be apart.'),
});

const expiry = z.strictObject({
  certificateDays: setting(z.int().min(1).max(365).default(14), 'Days before a certificate ends.'),
  apiKeyDays: setting(z.int().min(1).max(365).default(7), 'Days before an API key ends.'),
});

const telemetry = z.strictObject({
  samplesRatio: setting(ratio(0.8), 'Share of `prometheus.sampleLimit` that a page may have.'),
  logLagMs: setting(
    milliseconds(1000).default(120_000),
    'How long a log line may wait in Filebeat or Logstash for Elasticsearch.',
  ),
  deadLetters: setting(
    z.int().min(1).max(1_000_000).default(1),
    'Log events that Elasticsearch refuses in fifteen minutes.',
  ),
});

/** Section `alerts`: limits and timing of the rules, and where their links lead. */
export const alerts = z.strictObject({
  links: links.prefault({}),
  timing: z
    .strictObject({
      factor: setting(
        z.number().min(0.001).max(10).default(1),
        'Multiplies every `for` and every window; less than 1 is for drills and tests.',
      ),
    })
    .prefault({}),
  requests: requests.prefault({}),
  engines: engines.prefault({}),
  accelerators: accelerators.prefault({}),
  host: host.prefault({}),
  expiry: expiry.prefault({}),
  telemetry: telemetry.prefault({}),
  rules: z
    .partialRecord(
      z.enum(ALERT_NAMES),
      z.strictObject({
        enabled: setting(z.boolean().optional(), '`false`: the alert is not there at all.'),
        forMs: setting(milliseconds().optional(), 'How long its condition must last.'),
        keepFiringForMs: setting(milliseconds().optional(), 'How long it goes on when the condition has passed.'),
      }),
    )
    .default({})
    .meta({ description: 'What is different for single alerts, by name.' }),
});
