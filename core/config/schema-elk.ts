import { z } from 'zod';
import { filebeat, logstash } from './schema-elk-shippers.ts';
import { bytes, milliseconds, path, setting } from './setting.ts';

const page = z
  .string()
  .regex(/^https?:\/\/[^\s?#@]+$/)
  .meta({ expected: 'an http or https URL without user and query' });

/** What data streams and Kibana's spaces take in the middle of a name. */
const part = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_]{0,99}$/)
  .meta({ expected: 'a name of 1 to 100 lower-case letters, digits and _ that starts with a letter or digit' });

const days = (count: number) => z.int().min(1).max(36_500).default(count);

/** How a server of Elastic's is reached; without a URL it is not used. */
const server = (what: string) => ({
  url: setting(page.optional(), `Where ${what} is, such as https://127.0.0.1:9200. Absent: it is not used.`),
  caFile: setting(path.optional(), 'PEM file of the authority of its certificate. Default: those of the system.'),
  apiKeyFile: setting(path.optional(), 'File with an API key, encoded as Elasticsearch prints it.'),
  username: setting(
    z
      .string()
      .regex(/^[^\s:]{1,256}$/)
      .meta({ expected: 'a user name without spaces and colons' })
      .optional(),
    'User name instead of an API key; needs `passwordFile`.',
  ),
  passwordFile: setting(path.optional(), 'File with its password.'),
  timeoutMs: setting(milliseconds(100).default(30_000), 'Longest wait for one answer.'),
});

/** Section `elk`: where logs are searched and how long they are kept there. Nothing of it is used by `clawdbot up` itself. */
export const elk = z.strictObject({
  elasticsearch: z.strictObject(server('Elasticsearch')).prefault({}),
  kibana: z
    .strictObject({
      ...server('Kibana'),
      space: setting(
        part.default('default'),
        'Space of Kibana that views, searches and boards are kept in, made where it is not there; with another than `default`, `alerts.links.kibana` ends in `/s/<space>`.',
      ),
    })
    .prefault({}),
  namespace: setting(
    part.default('default'),
    'Last part of the names of the data streams, as in `logs-clawdbot.app-default`.',
  ),
  tiers: setting(
    z.enum(['auto', 'one', 'hot-cold', 'hot-warm-cold']).default('auto'),
    'Tiers that ageing logs move through; auto: those that the nodes of the cluster have roles for.',
  ),
  shards: setting(z.int().min(1).max(64).default(1), 'Primary shards of each index.'),
  replicas: setting(
    z.union([z.literal('auto'), z.int().min(0).max(10)]).default('auto'),
    'Copies of each shard while it is hot or warm; auto: one where there is a second node.',
  ),
  rollover: z
    .strictObject({
      maxShardBytes: setting(
        bytes(1_048_576).default(10_737_418_240),
        'Size of a primary shard at which a new index is begun.',
      ),
      maxAgeHours: setting(
        z.int().min(1).max(8760).default(24),
        'Age at which it is begun although that one is not full.',
      ),
    })
    .prefault({}),
  warmAfterDays: setting(days(2), 'Days after that until an index is merged and moved to the warm tier.'),
  coldAfterDays: setting(days(7), 'Days until it is moved to the cold tier, where it has no copies.'),
  keptDays: z
    .strictObject({
      app: setting(days(30), 'Days that the app log is kept.'),
      engine: setting(days(30), 'Days that what engines and drivers wrote is kept.'),
      access: setting(days(180), 'Days that the access log is kept.'),
      audit: setting(days(180), 'Days that the audit trail is kept; never less than was promised to an auditor.'),
      anomaly: setting(days(30), 'Days that what was unusual is kept.'),
    })
    .prefault({}),
  snapshots: z
    .strictObject({
      repository: setting(
        z
          .string()
          .regex(/^[a-z0-9][a-z0-9_.-]{0,127}$/)
          .meta({ expected: 'the name of a snapshot repository of the cluster' })
          .optional(),
        'Repository that the streams are saved to every night. Absent: nothing is saved.',
      ),
      keptDays: setting(days(30), 'Days that a snapshot is kept.'),
    })
    .prefault({}),
  filebeat: filebeat.prefault({}),
  logstash: logstash.prefault({}),
});
