import type { Config } from '../../core/config/schema.ts';
import { type RenderedFile, variable, yamlFile } from '../rendered-file.ts';
import { inputsOf } from './inputs.ts';
import { TIDY } from './processors.ts';

type Elk = Config['elk'];

/** Each has one output, so two channels are two of them, with nothing in common on disk. */
type FilebeatChannel = 'direct' | 'parsed';

const ABOUT: Readonly<Record<FilebeatChannel, string>> = {
  direct: 'Filebeat of the direct channel: the app logs, as they are, into Elasticsearch.',
  parsed: 'Filebeat of the parsed channel: access, audit, engines, drivers and containers to Logstash.',
};

/** Both configurations; right for Filebeat 7.17 and for 9.x. */
export const renderFilebeat = ({ elk }: Pick<Config, 'elk'>): readonly RenderedFile[] =>
  (['direct', 'parsed'] as const).map((channel) =>
    yamlFile(`filebeat/${channel}.yml`, ABOUT[channel], 'elk/filebeat/', {
      // What documents call the machine: empty is its host name, which in a container means nothing.
      name: variable('CLAWDBOT_HOST', ''),
      filebeat: {
        inputs: inputsOf(channel, elk),
        registry: { flush: '1s' },
        shutdown_timeout: '5s',
      },
      processors: [TIDY],
      path: pathsOf(channel, elk),
      queue: { disk: { max_size: `${elk.filebeat.queueBytes}B` } },
      output: channel === 'direct' ? toElasticsearch(elk) : toLogstash(elk),
      // Templates and policies are put by `clawdbot elk apply`.
      setup: { template: { enabled: false }, ilm: { enabled: false } },
      http: { enabled: true, host: '127.0.0.1', port: elk.filebeat[`${channel}Port`] },
      logging: {
        ...{ level: 'info', to_stderr: false, to_files: true, metrics: { enabled: false } },
        files: { name: 'filebeat', keepfiles: 5, rotateeverybytes: 10_485_760, permissions: 0o640 },
      },
    }),
  );

const pathsOf = (channel: FilebeatChannel, { filebeat }: Elk) => {
  const state = `${variable('CLAWDBOT_FILEBEAT_STATE', filebeat.stateDir)}/${channel}`;
  return { data: `${state}/data`, logs: `${state}/logs` };
};

const DEFAULT_ELASTICSEARCH = 'https://127.0.0.1:9200';
/** A store that is back is used soon, and one that is down is not hammered. */
const BACKOFF = { init: '1s', max: '15s' };
const TLS = { verification_mode: 'full', supported_protocols: ['TLSv1.3'] };

const toElasticsearch = ({ elasticsearch, filebeat }: Elk) => {
  const url = elasticsearch.url ?? DEFAULT_ELASTICSEARCH;
  const ssl = { ...TLS, certificate_authorities: [filebeat.caFile] };
  return {
    elasticsearch: {
      hosts: [url],
      // `id:key`, from the keystore or the environment; may create documents in our streams and nothing else.
      api_key: variable('CLAWDBOT_ELASTICSEARCH_KEY'),
      index: 'logs-%{[data_stream.dataset]}-%{[data_stream.namespace]}',
      ...{ bulk_max_size: 512, compression_level: 1, backoff: BACKOFF, timeout: 60 },
      ...(url.startsWith('https:') ? { ssl } : {}),
    },
  };
};

const toLogstash = ({ filebeat, logstash }: Elk) => ({
  logstash: {
    hosts: [...logstash.hosts],
    ...{
      loadbalance: logstash.hosts.length > 1,
      bulk_max_size: 512,
      compression_level: 1,
      backoff: BACKOFF,
      timeout: 60,
    },
    // Each acknowledged batch is in the queue of Logstash; more under way is more that is sent twice after a crash.
    pipelining: 0,
    ttl: 0,
    ...(logstash.tls
      ? {
          ssl: {
            ...TLS,
            certificate_authorities: [filebeat.caFile],
            certificate: filebeat.certFile,
            key: filebeat.keyFile,
          },
        }
      : {}),
  },
});
