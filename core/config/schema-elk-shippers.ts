import { z } from 'zod';
import { bytes, setting } from './setting.ts';

/** A path on the machine of the shipper, which need not be this one: never made absolute from here. */
const elsewhere = (fallback: string) =>
  z
    .string()
    .regex(/^\/[^\s"'$\\{}]*$/)
    .meta({ expected: 'an absolute path without spaces and quotes' })
    .default(fallback);

const globs = (...shipped: readonly string[]) => z.array(elsewhere('/').unwrap()).default([...shipped]);

const port = (shipped: number) => z.int().min(1).max(65_535).default(shipped);

const hostAndPort = z
  .string()
  .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):[1-9][0-9]{0,4}$/)
  .meta({ expected: 'a host and a port such as logs.example.org:5044' });

/** Names of its pipelines: the one that logs go through, and the one that tries dead letters again. */
export const LOGSTASH_PIPELINES = { logs: 'clawdbot', again: 'clawdbot-again' } as const;

/** Section `elk.filebeat`: the two Filebeats that read the log files. */
export const filebeat = z.strictObject({
  watch: setting(
    z.boolean().default(false),
    'Whether the collectors ask both how far they are, on the loopback; metrics `clawdbot.logs.pipeline`.',
  ),
  directPort: setting(port(5066), 'Port that the one of the direct channel tells it on.'),
  parsedPort: setting(port(5067), 'Port that the one of the parsed channel tells it on.'),
  dataDir: setting(elsewhere('/var/lib/clawdbot'), 'Data folder of the service as they see it.'),
  stateDir: setting(
    elsewhere('/var/lib/clawdbot-filebeat'),
    'Folder for how far each has read and for its queue; must outlive them.',
  ),
  queueBytes: setting(
    bytes(10_000_000).default(2_147_483_648),
    'Disk that the queue of each may take; beyond it lines wait in their files.',
  ),
  caFile: setting(
    elsewhere('/etc/clawdbot/elk/ca.crt'),
    'PEM file of the authority of Elasticsearch and Logstash, as they see it.',
  ),
  certFile: setting(elsewhere('/etc/clawdbot/elk/filebeat.crt'), 'PEM file of their certificate for Logstash.'),
  keyFile: setting(elsewhere('/etc/clawdbot/elk/filebeat.key'), 'PEM file of its private key.'),
  kernelLogs: setting(
    globs('/var/log/kern.log*', '/var/log/messages*'),
    'Files of the kernel log, of which lines about accelerators and memory are taken; empty: none.',
  ),
  containerLogs: setting(
    globs('/var/lib/docker/containers/*/*-json.log*'),
    'Files of container logs, of which those with `containerTag` are taken; empty: none.',
  ),
  containerTag: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .meta({ expected: 'a word of letters, digits and . _ -' })
      .default('clawdbot'),
    'What the log tag (`logging.options.tag`) of our containers begins with.',
  ),
});

/** Section `elk.logstash`: what takes the parsed channel apart. */
export const logstash = z.strictObject({
  watch: setting(
    z.boolean().default(false),
    'Whether the collectors ask it how it does, on the loopback; metrics `clawdbot.logs.pipeline`.',
  ),
  apiPort: setting(port(9600), 'Port of its own HTTP interface.'),
  hosts: setting(
    z.array(hostAndPort).min(1).default(['127.0.0.1:5044']),
    'Where Filebeat finds it; several share the work.',
  ),
  listenHost: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9.:-]{1,255}$/)
      .meta({ expected: 'a host name or an address' })
      .default('127.0.0.1'),
    'Address it listens on.',
  ),
  listenPort: setting(port(5044), 'Port it listens on.'),
  tls: setting(
    z.boolean().default(true),
    'Whether it speaks TLS and wants a client certificate; without, only on one machine.',
  ),
  configDir: setting(elsewhere('/etc/clawdbot/logstash'), 'Folder with its rendered files, as it sees them.'),
  dataDir: setting(elsewhere('/var/lib/clawdbot-logstash'), 'Folder for its queues; must outlive it.'),
  queueBytes: setting(bytes(67_108_864).default(4_294_967_296), 'Disk that its queue may take.'),
  deadLetterBytes: setting(
    bytes(1_048_576).default(1_073_741_824),
    'Disk for events that the store refuses; beyond it more of them are lost.',
  ),
  caFile: setting(
    elsewhere('/etc/clawdbot/elk/ca.crt'),
    'PEM file of the authority of Elasticsearch and of the certificates of Filebeat.',
  ),
  certFile: setting(elsewhere('/etc/clawdbot/elk/logstash.crt'), 'PEM file of its certificate.'),
  keyFile: setting(elsewhere('/etc/clawdbot/elk/logstash.key'), 'PEM file of its private key, PKCS#8.'),
});
