import { all, date, type Fields, free, ip, kept, keyword, long, text } from './fields.ts';

/** Fields of the Elastic Common Schema that our lines and their shippers have; the same type in every stream. */
export const ECS_FIELDS: Fields = {
  '@timestamp': date,
  message: text,
  ...all(keyword, 'tags', 'ecs.version', 'data_stream.type', 'data_stream.dataset', 'data_stream.namespace'),
  ...all(
    keyword,
    'event.action',
    'event.category',
    'event.code',
    'event.dataset',
    'event.hash',
    'event.id',
    'event.kind',
  ),
  ...all(keyword, 'event.module', 'event.outcome', 'event.reason', 'event.type'),
  ...all(date, 'event.created', 'event.end', 'event.ingested', 'event.start'),
  ...all(long, 'event.duration', 'event.sequence'),
  'event.original': kept,
  ...all(keyword, 'log.level', 'log.logger', 'log.file.path', 'log.stream', 'input.type'),
  'log.offset': long,
  ...all(keyword, 'service.name', 'service.version', 'service.environment', 'service.node.name', 'service.type'),
  ...all(keyword, 'process.name', 'process.executable'),
  ...all(long, 'process.pid', 'process.thread.id'),
  ...all(keyword, 'host.name', 'host.hostname', 'host.id', 'host.architecture', 'host.mac', 'host.os.family'),
  ...all(keyword, 'host.os.kernel', 'host.os.name', 'host.os.platform', 'host.os.type', 'host.os.version'),
  'host.ip': ip,
  ...all(keyword, 'agent.ephemeral_id', 'agent.hostname', 'agent.id', 'agent.name', 'agent.type', 'agent.version'),
  ...all(keyword, 'container.id', 'container.name', 'container.image.name', 'container.runtime'),
  ...all(keyword, 'trace.id', 'transaction.id', 'span.id'),
  ...all(keyword, 'error.code', 'error.id', 'error.type'),
  ...all(text, 'error.message', 'error.stack_trace'),
  ...all(keyword, 'http.request.id', 'http.request.method', 'http.request.mime_type', 'http.route', 'http.version'),
  ...all(long, 'http.request.body.bytes', 'http.request.bytes', 'http.response.body.bytes', 'http.response.bytes'),
  'http.response.status_code': long,
  ...all(keyword, 'url.domain', 'url.original', 'url.path', 'url.scheme'),
  ...all(ip, 'client.ip', 'source.ip', 'destination.ip'),
  ...all(keyword, 'client.address', 'client.name', 'source.address', 'destination.address', 'destination.domain'),
  ...all(long, 'client.port', 'source.port', 'destination.port'),
  ...all(keyword, 'file.path', 'user.id', 'user.name', 'user_agent.original'),
  ...all(keyword, 'gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model', 'gen_ai.response.model'),
  ...all(long, 'gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens', 'gen_ai.usage.cache_read.input_tokens'),
};

/** Ours, put there by the pipeline: how late a line came. */
export const OWN_FIELDS: Fields = { 'clawdbot.lag_ms': long };

/** `labels` where nobody lists its keys. */
export const FREE_LABELS: Fields = { labels: free };
