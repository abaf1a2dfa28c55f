type Credential = 'inference' | 'metrics' | 'admin' | 'audit' | 'none' | 'wrong';

/** One request, and what has to come back. */
export interface Case {
  readonly operation: string;
  readonly says: string;
  readonly path: string;
  readonly status: number;
  /** Sent as it is when a string, else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly as: Credential;
  /** Media type of the answer; default: JSON. */
  readonly type?:
    | 'text/event-stream'
    | 'application/x-ndjson'
    | 'text/csv'
    | 'text/plain'
    | 'text/html'
    | 'text/css'
    | 'application/openmetrics-text';
  /** Name of the last event of a stream. */
  readonly ends?: string;
}

type Rest = Partial<Pick<Case, 'headers' | 'as' | 'type' | 'ends'>>;

const to =
  (operation: string, path: string, as: Credential = 'inference') =>
  (says: string, status: number, body?: unknown, rest: Rest = {}): Case => ({
    operation,
    says,
    path,
    status,
    as,
    ...(body === undefined ? {} : { body }),
    ...rest,
  });

const user = [{ role: 'user', content: 'hello world' }];
const image = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }];
const stream = { type: 'text/event-stream' } as const;
const text = { 'content-type': 'text/plain' };
const usage = { stream: true, stream_options: { include_usage: true } };

const tool = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } };

const infer = to('infer', '/api/v1/inference');
const chat = to('createChatCompletion', '/v1/chat/completions');
const complete = to('createCompletion', '/v1/completions');
const embed = to('createEmbedding', '/v1/embeddings');
const respond = to('createResponse', '/v1/responses');
const rerank = to('rerank', '/v1/rerank');
const tokenize = to('tokenize', '/api/v1/tokenize');
const models = to('listOpenAiModels', '/v1/models');
const select = to('selectModel', '/api/v1/models/select');
const limits = to('getLimits', '/api/v1/admin/limits', 'admin');
const setLimits = to('setLimits', '/api/v1/admin/limits', 'admin');
const egress = to('getEgress', '/api/v1/admin/egress', 'admin');
const shedding = to('getShedding', '/api/v1/admin/shedding', 'admin');
const setShedding = to('setShedding', '/api/v1/admin/shedding', 'admin');
const breakers = to('getBreakers', '/api/v1/admin/breaker', 'admin');
const setBreaker = to('setBreaker', '/api/v1/admin/breaker', 'admin');
const replicas = to('getReplicas', '/api/v1/admin/replicas', 'admin');
const setReplicas = to('setReplicas', '/api/v1/admin/replicas', 'admin');
const load = (model: string) => to('loadModel', `/api/v1/admin/models/${model}/load`, 'admin');
const profile = to('profileProcess', '/api/v1/admin/profile', 'admin');
const purge = to('purgeData', '/api/v1/admin/purge', 'admin');
const usageOf = (query: string, as: Credential = 'inference') => to('getUsage', `/api/v1/usage${query}`, as);
const audit = (query: string) => to('readAudit', `/api/v1/audit${query}`, 'audit');
const unload = (model: string) => to('unloadModel', `/api/v1/admin/models/${model}/unload`, 'admin');

/** Requests in an order in which none leaves anything behind that the next would stumble over. */
export const CASES: readonly Case[] = [
  infer('answers a prompt', 200, { prompt: 'hello', maxTokens: 5 }),
  infer('answers a conversation', 200, { messages: user, stop: ['w'] }),
  infer('streams', 200, { prompt: 'hello', stream: true }, { ...stream, ends: 'done' }),
  infer('takes a job', 202, { prompt: 'hello', mode: 'async' }),
  infer('refuses an unknown field', 400, { prompt: 'a', promt: 'b' }),
  infer('refuses neither prompt nor messages', 400, {}),
  infer('refuses an unknown model', 404, { prompt: 'a', model: 'none' }),
  infer('refuses an unknown scenario', 400, { prompt: 'a', scenario: 'none' }),
  infer('refuses a scenario nothing fits', 422, { prompt: 'a', scenario: 'medical' }),
  infer('refuses a long prompt', 400, { prompt: 'x'.repeat(40_000) }),
  infer('refuses a callback to anywhere', 400, { prompt: 'a', mode: 'async', callbackUrl: 'https://example.com/' }),
  infer('refuses a late answer', 504, { prompt: 'x'.repeat(400), model: 'slow', deadlineMs: 50 }),
  infer('says that an engine failed', 503, { prompt: 'hello', model: 'failing' }),
  infer('refuses no credential', 401, { prompt: 'a' }, { as: 'none' }),
  infer('refuses a wrong credential', 401, { prompt: 'a' }, { as: 'wrong' }),
  infer('refuses another scope', 403, { prompt: 'a' }, { as: 'metrics' }),
  infer('refuses text', 415, 'hello', { headers: text }),
  infer('refuses broken JSON', 400, '{"prompt":'),
  infer('refuses deep JSON', 400, '['.repeat(100_000)),
  infer('refuses a large body', 413, { prompt: 'x'.repeat(300_000) }),

  chat('answers', 200, { model: 'echo', messages: user }),
  chat('streams', 200, { model: 'echo', messages: user, stream: true }, stream),
  chat('streams with usage', 200, { model: 'echo', messages: user, ...usage }, stream),
  chat('refuses an image', 400, { model: 'echo', messages: image }),
  chat('answers twice', 200, { model: 'echo', messages: user, n: 2 }),
  chat('streams twice', 200, { model: 'echo', messages: user, n: 2, ...usage }, stream),
  chat('takes tools', 200, { model: 'echo', messages: user, tools: [tool] }),
  chat('must call a tool', 200, { model: 'echo', messages: user, tools: [tool], tool_choice: 'required' }),
  chat('refuses to call no tool', 400, { model: 'echo', messages: user, tool_choice: 'required' }),
  chat('refuses a wrong range', 400, { model: 'echo', messages: user, temperature: 9 }),
  chat('refuses an unknown model', 404, { model: 'none', messages: user }),
  chat('refuses no credential', 401, {}, { as: 'none' }),
  chat('refuses another scope', 403, {}, { as: 'admin' }),
  chat('says that an engine failed', 503, { model: 'failing', messages: user }),
  complete('answers', 200, { model: 'echo', prompt: 'hello', echo: true }),
  complete('streams with usage', 200, { model: 'echo', prompt: 'hello', ...usage }, stream),
  complete('answers token ids', 200, { model: 'echo', prompt: [104, 105] }),
  complete('answers several prompts', 200, { model: 'echo', prompt: ['a', 'b'], ...usage }, stream),
  complete('refuses what is no prompt', 400, { model: 'echo', prompt: [1, 'a'] }),
  respond('answers', 200, { model: 'echo', input: 'hello' }),
  respond('streams', 200, { model: 'echo', input: 'hello', stream: true }, { ...stream, ends: 'response.completed' }),
  respond('refuses to remember', 400, { model: 'echo', input: 'hello', store: true }),
  respond('refuses an unknown model', 404, { model: 'none', input: 'hello' }),
  rerank('orders', 200, { model: 'echo', query: 'a', documents: ['a', 'b'], return_documents: true }),
  rerank('refuses nothing', 400, { model: 'echo', query: 'a', documents: [] }),
  tokenize('cuts', 200, { model: 'echo', prompt: 'hello' }),
  tokenize('refuses neither prompt nor messages', 400, { model: 'echo' }),
  to('countTokens', '/api/v1/tokens/count')('counts', 200, { model: 'echo', messages: user }),
  to('detokenize', '/api/v1/detokenize')('joins', 200, { model: 'echo', tokens: [104, 105] }),
  embed('answers numbers', 200, { model: 'echo', input: ['a', 'b'] }),
  embed('answers base64', 200, { model: 'echo', input: 'a', encoding_format: 'base64' }),
  embed('refuses nothing', 400, { model: 'echo', input: '' }),
  models('lists', 200),
  models('refuses no credential', 401, undefined, { as: 'none' }),
  to('getOpenAiModel', '/v1/models/echo')('finds', 200),
  to('getOpenAiModel', '/v1/models/none')('finds none', 404),

  to('getLiveness', '/api/v1/health/live', 'none')('needs no credential', 200),
  to('getReadiness', '/api/v1/health/ready', 'none')('needs no credential', 200),
  to('getHealth', '/api/v1/health', 'metrics')('takes any credential', 200),
  to('getHealth', '/api/v1/health', 'none')('takes no stranger', 401),
  to('getMetrics', '/api/v1/metrics', 'metrics')('answers text', 200, undefined, { type: 'text/plain' }),
  to('getMetrics', '/api/v1/metrics', 'metrics')('answers the families', 200, undefined, {
    headers: { accept: 'application/json' },
  }),
  to('getMetrics', '/api/v1/metrics', 'metrics')('answers OpenMetrics', 200, undefined, {
    headers: { accept: 'application/openmetrics-text' },
    type: 'application/openmetrics-text',
  }),
  to('getMetrics', '/api/v1/metrics')('refuses another scope', 403),
  to('listModels', '/api/v1/models')('lists', 200),
  select('explains', 200, { scenario: 'any' }),
  select('knows the known', 400, { scenario: 'none' }),
  select('explains that nothing fits', 422, { scenario: 'medical' }),

  to('getOpenApi', '/api/v1/openapi.json', 'none')('answers', 200),
  to('getDocs', '/docs', 'none')('is a page', 200, undefined, { type: 'text/html' }),
  to('getDocsFile', '/docs/swagger-ui.css', 'none')('has its files', 200, undefined, { type: 'text/css' }),
  to('getDocsFile', '/docs/passwd', 'none')('has no others', 404),

  egress('answers', 200),
  egress('refuses another scope', 403, undefined, { as: 'inference' }),
  limits('answers', 200),
  limits('refuses another scope', 403, undefined, { as: 'inference' }),
  setLimits('changes some', 200, { queue: 99 }),
  setLimits('refuses nonsense', 400, { queue: -1 }),
  shedding('answers', 200),
  setShedding('begins', 200, { forMs: 60_000, reason: 'a drill' }),
  infer('of low priority is refused while it is shed', 503, { model: 'slow', prompt: 'a', priority: 'low' }),
  setShedding('ends', 200, { forMs: 0 }),
  setShedding('refuses more than an hour', 400, { forMs: 3_600_001 }),
  breakers('answers', 200),
  setBreaker('opens', 200, { model: 'slow', state: 'open', expiresMs: 60_000 }),
  infer('refuses while a breaker is open', 503, { model: 'slow', prompt: 'a' }),
  setBreaker('half-opens', 200, { model: 'slow', state: 'half_open', reason: 'a drill' }),
  setBreaker('closes', 200, { model: 'slow', state: 'closed' }),
  setBreaker('knows the models', 404, { model: 'none', state: 'open' }),
  replicas('answers', 200),
  setReplicas('changes nothing', 200, { model: 'slow', replicas: 1 }),
  setReplicas('knows the models', 404, { model: 'none', replicas: 1 }),
  unload('slow')('begins', 202, {}),
  load('slow')('begins', 202, {}),
  load('none')('knows the models', 404, {}),
  unload('none')('knows the models', 404, {}),
  load('slow')('refuses another scope', 403, {}, { as: 'inference' }),
  profile('answers the file', 200, { seconds: 1 }),
  profile('refuses no time at all', 400, { seconds: 0 }),
  purge('counts', 200, { key: 'key:nobody', before: '2026-01-01T00:00:00Z', dryRun: true }),
  purge('refuses what is no time', 400, { key: 'key:nobody', before: 'yesterday' }),
  usageOf('')('answers for a credential', 200),
  usageOf('?by=model&from=2026-01-01&to=2026-01-31', 'admin')('answers for all', 200),
  usageOf('?format=csv')('answers CSV', 200, undefined, { type: 'text/csv' }),
  usageOf('')('answers CSV where asked', 200, undefined, { type: 'text/csv', headers: { accept: 'text/csv' } }),
  usageOf('?from=2026-02-30')('refuses a day that is none', 400),
  usageOf('?from=2026-02-02&to=2026-02-01')('refuses an end before the beginning', 400),
  usageOf('?by=tenant')('refuses other sums', 400),
  usageOf('')('refuses another scope', 403, undefined, { as: 'metrics' }),
  audit('')('answers a page', 200),
  audit('?outcome=failure&limit=1')('answers what was asked for', 200),
  audit('')('streams lines', 200, undefined, {
    headers: { accept: 'application/x-ndjson' },
    type: 'application/x-ndjson',
  }),
  audit('?limit=0')('refuses an empty page', 400),
  audit('')('refuses an administrator', 403, undefined, { as: 'admin' }),
  to('getAuditHead', '/api/v1/audit/head', 'audit')('answers', 200),
];
