import type { Config } from '../../../../core/config/schema.ts';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { openElasticsearch } from '../../../apply/elasticsearch.ts';
import { reasonIn } from '../../../apply/server.ts';
import type { Call } from '../../../resource.ts';

/** The Elasticsearch of the configuration, as the detector may use it. */
export interface Store {
  readonly title: string;
  /** The body of an answer; every other status is an error that says which. */
  ask(call: Call): Promise<unknown>;
  close(): Promise<void>;
}

type Settings = Pick<Config, 'anomaly' | 'elk'>;

/** A question that takes longer than this is not worth an interval. */
const LONGEST_MS = 20_000;

/** With the key of the detector where it has one of its own. */
export const openStore = ({ anomaly, elk }: Settings): Store => {
  const { apiKeyFile } = anomaly.elasticsearch;
  const { timeoutMs } = elk.elasticsearch;
  const server = openElasticsearch({
    elasticsearch: {
      ...elk.elasticsearch,
      ...(apiKeyFile === undefined ? {} : { apiKeyFile }),
      timeoutMs: Math.min(timeoutMs, LONGEST_MS),
    },
  });
  const { title } = server;
  return {
    title,
    async ask(call) {
      const { status, body } = await server.ask(call);
      if (status < 300) return body;
      throw new ServiceError('ERR_ELK_FAILED', `${title}: ${call.path}: ${status}: ${reasonIn(body)}`);
    },
    close: () => server.close(),
  };
};

/** Answered by all that is there, or not at all: half of the requests would be a strange hour. */
export const WHOLE = 'ignore_unavailable=true&allow_no_indices=true&allow_partial_search_results=false';
