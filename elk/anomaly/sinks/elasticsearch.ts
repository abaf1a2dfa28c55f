import type { Config } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { openElasticsearch } from '../../apply/elasticsearch.ts';
import { reasonIn } from '../../apply/server.ts';
import { STREAMS, streamName } from '../../streams.ts';
import { type About, ecsOf, type Sink } from './sink.ts';

/** The data stream of anomalies. A document that is there already is written. */
export const openStoreSink = (elk: Config['elk'], about: About): Sink => {
  const server = openElasticsearch(elk);
  const stream = streamName('anomaly', elk);
  const [type = '', , namespace = ''] = stream.split('-');
  return {
    name: 'elasticsearch',
    async write(document) {
      const body = {
        ...ecsOf(document, about),
        data_stream: { type, dataset: STREAMS.anomaly.dataset, namespace },
      };
      const state = document.action.split('.')[1];
      const path = `/${stream}/_create/${document.id}-${state}`;
      const answer = await server.ask({ method: 'PUT', path, body });
      if (answer.status === 409 || answer.status < 300) return;
      throw new ServiceError('ERR_ELK_FAILED', `${server.title}: ${answer.status}: ${reasonIn(answer.body)}`);
    },
    close: () => server.close(),
  };
};
