import { z } from 'zod';
import { milliseconds, path, setting } from './setting.ts';

const url = z.url({ protocol: /^https?$/ }).meta({ expected: 'an http or https URL' });

/** Section `anomaly`: the process that looks for what is unusual. */
export const anomaly = z.strictObject({
  enabled: setting(
    z.boolean().default(true),
    'Whether `clawdbot up` starts it, once there is a Prometheus or an Elasticsearch to read.',
  ),
  host: setting(
    z.string().min(1).default('127.0.0.1'),
    'Address of its page `/metrics`; other than the loopback only with `tls` and `tokenFile`.',
  ),
  port: setting(z.int().min(0).max(65535).default(9466), 'Port of its page; 0 picks a free one.'),
  tls: z
    .strictObject({
      cert: setting(path.optional(), 'PEM file of the certificate of its page. Default: plain HTTP.'),
      key: setting(path.optional(), 'PEM file of its private key.'),
    })
    .prefault({}),
  tokenFile: setting(
    path.optional(),
    'File with the token that a scrape must send as `authorization: Bearer`. Default: none is asked for.',
  ),
  prometheusUrl: setting(url.optional(), 'Prometheus to read. Default: the one that `clawdbot up` started.'),
  elasticsearch: z
    .strictObject({
      read: setting(
        z.boolean().default(true),
        'Whether numbers and lines are read from the logs in `elk.elasticsearch`, where that is set, before Prometheus and the files of this machine.',
      ),
      apiKeyFile: setting(
        path.optional(),
        'File with the API key `clawdbot-detector`, for reading and writing there. Default: the login of `elk.elasticsearch`.',
      ),
      delayMs: setting(
        milliseconds(1000).max(900_000).default(60_000),
        'How long an interval waits for log lines that are on their way there; while they take longer, Prometheus and the files are read.',
      ),
    })
    .prefault({}),
  shortMs: setting(
    milliseconds(1000).max(900_000).default(60_000),
    'Length of the short intervals: at least four scrapes. `longMs` is a whole number of them.',
  ),
  longMs: setting(
    milliseconds(2000).max(3_600_000).default(900_000),
    'Length of the long intervals; a day is a whole number of them.',
  ),
  warmUp: setting(
    z.int().min(4).max(96).default(24),
    'Long intervals that must be known before one is judged; of short ones a quarter more. New kinds of error lines are news after four times as many long ones, a day at most.',
  ),
});
