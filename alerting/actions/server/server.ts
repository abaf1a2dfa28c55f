import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ActionsConfig } from '../../../core/config/schema.ts';
import { ServiceError, toServiceError } from '../../../core/errors/service-error.ts';
import { hasToken, isFromHere } from '../../../core/http/bearer.ts';
import { type Listening, listen } from '../../../core/http/listen.ts';
import { EXPOSITION_CONTENT_TYPE, type ExpositionFormat } from '../../../core/telemetry/exposition.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import { readWebhook } from '../inbox/payload.ts';
import type { DecisionQuery, RecordedDecision } from '../inbox/store.ts';
import type { OnStep } from '../steps.ts';
import type { TakeWebhook } from '../traces.ts';
import { actionsQuery, buildDocument, type HealthView, showDecision } from './api.ts';
import { readBody } from './body.ts';

interface Deps {
  readonly config: Pick<ActionsConfig, 'host' | 'port' | 'tls' | 'tokenFile' | 'maxBodyBytes'>;
  readonly version: string;
  /** `dataPaths(data).actionsHookToken`. */
  readonly hookToken: string;
  readonly take: TakeWebhook;
  readonly decisions: (query: DecisionQuery) => readonly RecordedDecision[];
  readonly health: () => HealthView;
  readonly telemetry: Pick<Telemetry, 'counter' | 'expose'>;
  readonly log: Logger;
  readonly onTaken: (port: number) => void;
  readonly onStep: OnStep;
  readonly signal: AbortSignal;
}

const MAX_CONNECTIONS = 256;
const TIMEOUT_MS = 30_000;
/** Bodies that are held at once. */
const MAX_WEBHOOKS = 64;
const RECEIVER = /^\/hooks\/([A-Za-z0-9][A-Za-z0-9._-]{0,127})$/;

/** Answers Alertmanager, Prometheus and people. */
export const serveActions = async (deps: Deps): Promise<Listening> => {
  const { config, onTaken, signal } = deps;
  return listen({
    ...config,
    answer: createAnswer(deps),
    maxConnections: MAX_CONNECTIONS,
    timeoutMs: TIMEOUT_MS,
    onTaken,
    signal,
  });
};

type Send = (status: number, body: unknown, headers?: Readonly<Record<string, string>>) => void;

const createAnswer = (deps: Deps) => {
  const { config, log, telemetry } = deps;
  const document = JSON.stringify(buildDocument(deps.version));
  let webhooks = 0;

  const hook = async (request: IncomingMessage, receiver: string, send: Send): Promise<void> => {
    if (!(await hasToken(request.headers.authorization, deps.hookToken))) throw unauthorized();
    if (webhooks >= MAX_WEBHOOKS) throw new ServiceError('ERR_ACTIONS_BUSY', `${webhooks} webhooks are being taken in`);
    webhooks += 1;
    try {
      const webhook = readWebhook(await readBody(request, config.maxBodyBytes));
      deps.onStep('webhook.read');
      const { traceparent } = request.headers;
      await deps.take(receiver, webhook, typeof traceparent === 'string' ? traceparent : undefined);
      telemetry.counter('actionsWebhooks', { outcome: 'accepted' });
      send(200, { status: 'accepted' });
      deps.onStep('webhook.answered');
    } finally {
      webhooks -= 1;
    }
  };
  const read = async (request: IncomingMessage, url: URL, send: Send): Promise<void> => {
    if (!(await mayRead(request, deps))) throw unauthorized();
    switch (url.pathname) {
      case '/metrics': {
        const format = formatOf(request.headers.accept);
        return send(200, await telemetry.expose(format), { 'content-type': EXPOSITION_CONTENT_TYPE[format] });
      }
      case '/health': {
        const health = deps.health();
        return send(health.status === 'failing' ? 503 : 200, health);
      }
      case '/api/v1/openapi.json':
        return send(200, document, JSON_TYPE);
      case '/api/v1/actions':
        return send(200, { actions: deps.decisions(readQuery(url)).map(showDecision) });
      default:
        throw notFound();
    }
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    const requestId = `act_${randomUUID()}`;
    const send = createSend(request, response, requestId);
    const serve = async (): Promise<void> => {
      const url = URL.parse(request.url ?? '', 'http://actions');
      const [, receiver] = RECEIVER.exec(url?.pathname ?? '') ?? [];
      if (url === null) throw notFound();
      if (receiver !== undefined) {
        if (request.method !== 'POST') throw wrongMethod('POST');
        return hook(request, receiver, send);
      }
      if (request.method !== 'GET' && request.method !== 'HEAD') throw wrongMethod('GET');
      return read(request, url, send);
    };
    serve().catch((thrown) => {
      const isHook = request.url?.startsWith('/hooks/') === true;
      const error = ownTrouble(toServiceError(thrown), isHook);
      if (isHook) telemetry.counter('actionsWebhooks', { outcome: outcomeOf(error) });
      if (error.row.status >= 500 || isHook)
        log.warn('webhook.refused', { err: error, 'http.request.id': requestId, 'url.path': request.url });
      sendError(send, error, requestId);
    });
  };
};

/** Alertmanager gives up for good at any 4xx, so trouble of our own is never one, whatever its code. */
const ownTrouble = (error: ServiceError, isHook: boolean): ServiceError => {
  const { status } = error.row;
  if (!isHook || SENDERS_FAULT.has(error.code) || status === 503) return error;
  return new ServiceError('ERR_ACTIONS_STORE', 'the webhook cannot be taken now; send it again', { cause: error });
};

const SENDERS_FAULT: ReadonlySet<string> = new Set([
  'ERR_HTTP_BODY_INVALID',
  'ERR_HTTP_JSON_MALFORMED',
  'ERR_HTTP_BODY_TOO_LARGE',
  'ERR_HTTP_NOT_FOUND',
  'ERR_HTTP_METHOD',
  'ERR_AUTH_CREDENTIAL_INVALID',
]);

const outcomeOf = ({ code }: ServiceError) => {
  if (code === 'ERR_HTTP_BODY_TOO_LARGE') return 'oversized';
  if (code === 'ERR_AUTH_CREDENTIAL_INVALID') return 'unauthorized';
  if (code === 'ERR_ACTIONS_BUSY') return 'busy';
  return SENDERS_FAULT.has(code) ? 'malformed' : 'failed';
};

const RETRY_AFTER_SECONDS = 5;
const JSON_TYPE = { 'content-type': 'application/json' };

const createSend =
  (request: IncomingMessage, response: ServerResponse, requestId: string): Send =>
  (status, body, headers = JSON_TYPE) => {
    if (response.headersSent) return;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    // What was not read of a body would be taken for the next request.
    const end = request.complete ? {} : { connection: 'close' };
    response.writeHead(status, { ...headers, ...end, 'cache-control': 'no-store', 'x-request-id': requestId });
    response.end(request.method === 'HEAD' ? undefined : text);
  };

const sendError = (send: Send, error: ServiceError, requestId: string): void => {
  const { code, message, details, row, retryAfterSeconds = RETRY_AFTER_SECONDS } = error;
  const body = { error: { code, message, requestId, ...(details === undefined ? {} : { details }) } };
  send(row.status, body, { ...JSON_TYPE, ...(row.retryable ? { 'retry-after': String(retryAfterSeconds) } : {}) });
};

const mayRead = async ({ headers }: IncomingMessage, { config, hookToken }: Deps): Promise<boolean> => {
  if (config.tokenFile === undefined) return isFromHere(headers.host);
  return (
    (await hasToken(headers.authorization, config.tokenFile)) || (await hasToken(headers.authorization, hookToken))
  );
};

const readQuery = (url: URL): DecisionQuery => {
  const parsed = actionsQuery.safeParse(Object.fromEntries(url.searchParams));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const text = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new ServiceError('ERR_HTTP_BODY_INVALID', `query: ${text}`, { details: { problems } });
};

const formatOf = (accept = ''): ExpositionFormat =>
  accept.includes('application/openmetrics-text') ? 'openmetrics' : 'text';

const unauthorized = () =>
  new ServiceError(
    'ERR_AUTH_CREDENTIAL_INVALID',
    'expected `authorization: Bearer` with the token; of readers of this machine, a loopback name in `host`',
  );
const notFound = () =>
  new ServiceError(
    'ERR_HTTP_NOT_FOUND',
    'expected POST /hooks/<receiver>, or GET /api/v1/actions, /api/v1/openapi.json, /health or /metrics',
  );
const wrongMethod = (method: string) => new ServiceError('ERR_HTTP_METHOD', `expected ${method}`);
