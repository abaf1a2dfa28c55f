import type { Config } from '../../core/config/schema.ts';
import { openElasticsearch } from '../../elk/apply/elasticsearch.ts';
import { openKibana } from '../../elk/apply/kibana.ts';
import type { Server } from '../../elk/apply/server.ts';

export interface Servers {
  readonly elasticsearch: Server;
  /** Absent: none is configured. */
  readonly kibana?: Server;
}

/** Runs `act` with the servers of the configuration, and closes them whatever happens. */
export const withServers = async <T>(
  { elk }: Pick<Config, 'elk'>,
  act: (servers: Servers) => Promise<T>,
): Promise<T> => {
  const elasticsearch = openElasticsearch(elk);
  const { url } = elk.kibana;
  const kibana = url === undefined ? undefined : openKibana(elk, url);
  try {
    return await act({ elasticsearch, ...(kibana === undefined ? {} : { kibana }) });
  } finally {
    await elasticsearch.close();
    await kibana?.close();
  }
};
