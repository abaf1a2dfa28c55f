import { Client, errors } from '@elastic/elasticsearch';
import type { Config } from '../../core/config/schema.ts';
import type { Egress } from '../../core/egress/egress.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { Call } from '../resource.ts';
import { type Answer, authorizationOf, openWay, refusedLogin, type Server, unreachable } from './server.ts';

export const SECTION = 'elk.elasticsearch';

/** The Elasticsearch of the configuration, by its own client; the client's connections go through our way out. */
export const openElasticsearch = ({ elasticsearch: settings }: Pick<Config['elk'], 'elasticsearch'>): Server => {
  if (settings.url === undefined) throw missingUrl();
  const url = new URL(settings.url);
  const way = openWay(url, settings);
  const title = `Elasticsearch at ${url.origin}`;
  const authorization = authorizationOf(settings, SECTION);
  const client = new Client({
    node: { url },
    agent: () => agentOf(way),
    requestTimeout: settings.timeoutMs,
    // A change that is sent twice may be two.
    maxRetries: 0,
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  });
  return {
    title,
    async ask(call) {
      const answer = await send(client, call).catch((error: unknown) => fail(title, error));
      if (answer.status === 401 || answer.status === 403) {
        if (!isBlock(answer)) throw refusedLogin(title, SECTION, answer);
      }
      return answer;
    },
    async close() {
      await client.close();
      await way.close();
    },
  };
};

/** What the client's connection asks of undici: the request, by its parts. */
interface AgentRequest {
  readonly origin: URL;
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

const agentOf = (way: Egress) => ({
  request: ({ origin, path, method, headers, body, signal }: AgentRequest) =>
    way.send(new URL(path, origin), {
      method,
      headers,
      ...(body === undefined || body === null || body === '' ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    }),
  close: async () => {},
});

const send = async (client: Client, { method, path, body }: Call): Promise<Answer> => {
  const [pathname = '', querystring] = path.split('?', 2);
  // The first question is put in a form that every version understands, so that one too old can say so.
  const headers = pathname === '/' ? { accept: 'application/json' } : {};
  try {
    const { statusCode, body: answer } = await client.transport.request(
      {
        method,
        path: pathname,
        ...(querystring === undefined ? {} : { querystring }),
        ...bodyOf(body),
      },
      { meta: true, headers },
    );
    return { status: statusCode ?? 0, body: answer };
  } catch (error) {
    if (error instanceof errors.ResponseError) return { status: error.statusCode ?? 0, body: error.body };
    throw error;
  }
};

/** Several in a row are sent as lines, as `_bulk` wants them. */
const bodyOf = (body: unknown) => {
  if (body === undefined) return {};
  // Safe, both: bodies are plain data.
  return Array.isArray(body)
    ? { bulkBody: body as Record<string, unknown>[] }
    : { body: body as Record<string, unknown> };
};

/** A block is no matter of privileges, although it has their status. */
const isBlock = ({ body }: Answer): boolean => JSON.stringify(body ?? '').includes('cluster_block_exception');

const fail = (title: string, error: unknown): never => {
  if (error instanceof ServiceError) throw error;
  if (!(error instanceof errors.ProductNotSupportedError)) throw unreachable(title, SECTION, error);
  throw new ServiceError(
    'ERR_ELK_UNREACHABLE',
    `${title}: expected Elasticsearch, got another product or a version before 7.14; mend ${SECTION}.url`,
    { cause: error },
  );
};

const missingUrl = (): ServiceError =>
  new ServiceError(
    'ERR_CONFIG_INVALID',
    `${SECTION}.url: expected an http or https URL, got nothing; add it to the configuration, as in https://127.0.0.1:9200`,
  );
