import type { Config } from '../../core/config/schema.ts';
import { LOGSTASH_PIPELINES } from '../../core/config/schema-elk-shippers.ts';
import { type RenderedFile, variable, yamlFile } from '../rendered-file.ts';
import { plugin, section } from './conf.ts';
import { filters, identified } from './filters.ts';
import { renderPatterns } from './patterns.ts';

type Elk = Config['elk'];

const SOURCE = 'elk/logstash/';

/** All files of Logstash 9: the pipeline of the logs, and beside it one that tries dead letters again when it is started. */
export const renderLogstash = ({ elk }: Pick<Config, 'elk'>): readonly RenderedFile[] => [
  yamlFile('logstash/logstash.yml', 'Logstash of the parsed channel.', SOURCE, settings(elk)),
  yamlFile('logstash/pipelines.yml', 'The pipeline of the logs, with its queues on disk.', SOURCE, [logs(elk)]),
  confFile('logstash/clawdbot.conf', 'From Filebeat: take apart, mask once more, address, store.', logPipeline(elk)),
  { file: 'logstash/patterns/clawdbot', text: renderPatterns() },
  yamlFile('logstash/again/logstash.yml', 'Logstash that tries dead letters again: started by hand.', SOURCE, {
    ...settings(elk),
    'path.data': `${elk.logstash.dataDir}/again`,
    // The other one has the port.
    ...{ 'api.enabled': false, 'api.http.port': undefined, 'api.http.host': undefined },
  }),
  yamlFile('logstash/again/pipelines.yml', 'One pipeline, over the dead letters of the other.', SOURCE, [again(elk)]),
  confFile(
    'logstash/again/clawdbot-again.conf',
    'Dead letters, once more, and gone when they were read.',
    againPipeline(elk),
  ),
];

const confFile = (file: string, about: string, text: string): RenderedFile => ({
  file,
  text: `# ${about}\n# Rendered from ${SOURCE} by \`clawdbot elk render\`; do not edit.\n${text}`,
});

const settings = ({ logstash }: Elk) => ({
  'path.data': logstash.dataDir,
  // On the loopback it tells how it does and takes no orders.
  'api.http.host': '127.0.0.1',
  'api.http.port': logstash.apiPort,
  'pipeline.ecs_compatibility': 'v8',
  'config.support_escapes': false,
  'log.level': 'info',
  'log.format': 'json',
});

const logs = ({ logstash }: Elk) => ({
  'pipeline.id': LOGSTASH_PIPELINES.logs,
  'path.config': `${logstash.configDir}/clawdbot.conf`,
  // What Filebeat was told is safe must survive a crash: written to the disk with each batch.
  'queue.type': 'persisted',
  'queue.max_bytes': `${logstash.queueBytes}b`,
  'queue.checkpoint.writes': 1024,
  'dead_letter_queue.enable': true,
  'dead_letter_queue.max_bytes': `${logstash.deadLetterBytes}b`,
  // The first refusals tell why; of later ones the loss is counted.
  'dead_letter_queue.storage_policy': 'drop_newer',
  'path.dead_letter_queue': deadLetters(logstash),
});

const again = ({ logstash }: Elk) => ({
  'pipeline.id': LOGSTASH_PIPELINES.again,
  'path.config': `${logstash.configDir}/again/clawdbot-again.conf`,
  'pipeline.workers': 1,
  // What is refused once more is kept apart, so that nothing goes round in circles.
  'dead_letter_queue.enable': true,
  'dead_letter_queue.max_bytes': `${logstash.deadLetterBytes}b`,
  'path.dead_letter_queue': `${logstash.dataDir}/dead_letter_queue_again`,
});

const deadLetters = ({ dataDir }: Elk['logstash']): string => `${dataDir}/dead_letter_queue`;

const logPipeline = (elk: Elk): string => {
  const { logstash } = elk;
  const tls = {
    ssl_enabled: true,
    ssl_certificate: logstash.certFile,
    ssl_key: logstash.keyFile,
    ssl_certificate_authorities: [logstash.caFile],
    ssl_client_authentication: 'required',
    ssl_supported_protocols: ['TLSv1.3'],
  };
  return [
    section(
      'input',
      plugin('beats', {
        ...{ id: 'filebeat', host: logstash.listenHost, port: logstash.listenPort, enrich: 'none' },
        ...(logstash.tls ? tls : {}),
      }),
    ),
    section('filter', ...filters(`${logstash.configDir}/patterns`, elk.namespace)),
    section('output', store(elk)),
  ].join('\n');
};

const againPipeline = (elk: Elk): string =>
  [
    section(
      'input',
      plugin('dead_letter_queue', {
        ...{ id: 'dead-letters', path: deadLetters(elk.logstash), pipeline_id: LOGSTASH_PIPELINES.logs },
        ...{ commit_offsets: true, clean_consumed: true },
      }),
    ),
    section('filter', plugin('mutate', { id: 'mark', add_tag: ['clawdbot_again'] }), identified()),
    section('output', store(elk)),
  ].join('\n');

const DEFAULT_ELASTICSEARCH = 'https://127.0.0.1:9200';

/** By `create` with the id of the line: with `data_stream => true` the plugin takes no id, and a line sent twice would be two. */
const store = ({ elasticsearch, logstash }: Elk): string => {
  const url = elasticsearch.url ?? DEFAULT_ELASTICSEARCH;
  const secured = {
    api_key: variable('CLAWDBOT_ELASTICSEARCH_KEY'),
    ssl_enabled: true,
    ssl_certificate_authorities: [logstash.caFile],
    ssl_supported_protocols: ['TLSv1.3'],
  };
  return plugin('elasticsearch', {
    id: 'store',
    hosts: [url],
    ...(url.startsWith('https:') ? secured : {}),
    data_stream: 'false',
    action: 'create',
    index: 'logs-%{[data_stream][dataset]}-%{[data_stream][namespace]}',
    document_id: '%{[@metadata][_id]}',
    ...{ manage_template: false, ilm_enabled: false, retry_max_interval: 15 },
    // There already: what that is for.
    silence_errors_in_log: ['version_conflict_engine_exception'],
  });
};
