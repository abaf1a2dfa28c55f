import { expandError } from '../telemetry/log-error.ts';

export type Fields = Readonly<Record<string, unknown>>;

interface Options {
  readonly serviceName: string;
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface Recorder {
  /** A record as it stands in the trail, but for its place in the chain. */
  record(action: string, fields?: Fields, message?: string): Fields;
}

/** The same release of ECS as the other streams. */
const ECS_VERSION = '8.10.0';

/** Makes ECS records: one level of names with dots, as Elasticsearch reads them. */
export const createRecorder = ({ serviceName, version, now }: Options): Recorder => {
  const same = {
    'log.level': 'info',
    'ecs.version': ECS_VERSION,
    'process.pid': process.pid,
    'service.name': serviceName,
    'service.version': version,
    'event.dataset': `${serviceName}.audit`,
    'event.kind': 'event',
  };
  return {
    record: (action, fields = {}, message = action) => ({
      '@timestamp': new Date(now()).toISOString(),
      ...same,
      message,
      'event.outcome': 'success',
      ...flat(expandError(fields)),
      'event.action': action,
    }),
  };
};

/** `labels: { a }` is `labels.a`: what is written in one form can be searched in one form. */
const flat = (fields: Fields): Fields => {
  if (fields.labels === undefined) return fields;
  const { labels, ...rest } = fields;
  const record: Record<string, unknown> = { ...rest };
  if (typeof labels !== 'object' || labels === null) return record;
  for (const [name, value] of Object.entries(labels)) record[`labels.${name}`] = value;
  return record;
};
