import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REAL_MODEL } from '../target.ts';
import { type EmbeddedTarget, QUESTION, refusalOf, SHORT, startEmbedded } from './target.ts';

let embedded: EmbeddedTarget;
beforeAll(async () => {
  embedded = await startEmbedded();
}, 600_000);
afterAll(() => embedded?.target.stop());

const chat = (extra: object) => ['/v1/chat/completions', { ...SHORT, ...extra }] as const;
const text = (extra: object) =>
  ['/v1/completions', { model: REAL_MODEL, prompt: 'One, two,', max_tokens: 4, ...extra }] as const;
const respond = (extra: object) => ['/v1/responses', { model: REAL_MODEL, input: 'Hi', ...extra }] as const;
const embed = (extra: object) => ['/v1/embeddings', { model: REAL_MODEL, input: 'Hi', ...extra }] as const;
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };

// A request that is wrong costs no token; what is wrong with it is said in OpenAI's shape.
describe('a wrong request', () => {
  it.each<readonly [param: string, request: readonly [path: string, body: object]]>([
    ...[-0.1, 2.1, 'hot'].map((temperature) => ['temperature', chat({ temperature })] as const),
    ...[-0.1, 1.1].map((top_p) => ['top_p', chat({ top_p })] as const),
    ...[0, -1, 129, 1.5].map((n) => ['n', chat({ n })] as const),
    ...[0, -1, 1.5, '5'].map((max_tokens) => ['max_tokens', chat({ max_tokens })] as const),
    ['max_completion_tokens', chat({ max_tokens: undefined, max_completion_tokens: 0 })],
    ['max_tokens', chat({ max_completion_tokens: 7 })],
    ...[-2.1, 2.1].map((presence_penalty) => ['presence_penalty', chat({ presence_penalty })] as const),
    ...[-2.1, 2.1].map((frequency_penalty) => ['frequency_penalty', chat({ frequency_penalty })] as const),
    ['top_logprobs', chat({ logprobs: true, top_logprobs: 21 })],
    ['top_logprobs', chat({ logprobs: true, top_logprobs: -1 })],
    ['top_logprobs', chat({ top_logprobs: 2 })],
    ['logprobs', chat({ logprobs: 'yes' })],
    ['logit_bias.5', chat({ logit_bias: { 5: 101 } })],
    ['logit_bias', chat({ logit_bias: { word: 1 } })],
    ['logit_bias', chat({ logit_bias: { 99999999: 1 } })],
    ['stop', chat({ stop: ['a', 'b', 'c', 'd', 'e'] })],
    ['seed', chat({ seed: 'five' })],
    ['stream', chat({ stream: 'yes' })],
    ['stream_options', chat({ stream_options: { include_usage: true } })],
    ['messages', chat({ messages: [] })],
    ['messages', chat({ messages: undefined })],
    ['messages[0].role', chat({ messages: [{ role: 'wizard', content: 'x' }] })],
    ['messages[0].content', chat({ messages: [{ role: 'user' }] })],
    ['messages[0].content', chat({ messages: [{ role: 'user', content: null }] })],
    ['messages[0].content', chat({ messages: [{ role: 'user', content: 7 }] })],
    ['messages[1].tool_call_id', chat({ messages: [...QUESTION, { role: 'tool', content: 'x' }] })],
    ['response_format.type', chat({ response_format: { type: 'yaml' } })],
    ['response_format.json_schema', chat({ response_format: { type: 'json_schema' } })],
    ['response_format.json_schema.name', chat({ response_format: { type: 'json_schema', json_schema: {} } })],
    [
      'response_format',
      chat({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'nonsense' } } } }),
    ],
    ['tool_choice', chat({ tool_choice: 'required' })],
    ['tool_choice', chat({ tools: [tool], tool_choice: 'sometimes' })],
    ['tool_choice', chat({ tools: [tool], tool_choice: { type: 'function', function: { name: 'g' } } })],
    ['tools[0].type', chat({ tools: [{ type: 'retrieval' }] })],
    ['tools[0].function.name', chat({ tools: [{ type: 'function', function: { name: 'not a name!' } }] })],
    ['tools[1]', chat({ tools: [tool, tool] })],
    ['temprature', chat({ temprature: 1 })],
    ['store', chat({ store: true })],
    ['service_tier', chat({ service_tier: 'priority' })],
    ['modalities', chat({ modalities: ['audio'] })],
    ['reasoning_effort', chat({ reasoning_effort: 'extreme' })],
    ['prompt', text({ prompt: '' })],
    ['prompt', text({ prompt: undefined })],
    ['prompt[0]', text({ prompt: [-1] })],
    ['prompt', text({ prompt: [99_999_999] })],
    ['logprobs', text({ logprobs: 6 })],
    ['best_of', text({ n: 2, best_of: 1 })],
    ['best_of', text({ best_of: 2, stream: true })],
    ['suffix', text({ suffix: 'three' })],
    ['max_tokens', text({ max_tokens: 0 })],
    ['stream_options', text({ stream_options: { include_usage: true } })],
    ['previous_response_id', respond({ previous_response_id: 'resp_1' })],
    ['store', respond({ store: true })],
    ['background', respond({ background: true })],
    ['tools[0].type', respond({ tools: [{ type: 'web_search' }] })],
    ['max_output_tokens', respond({ max_output_tokens: 0 })],
    ['include[0]', respond({ include: ['file_search_call.results'] })],
    ['truncation', respond({ truncation: 'auto' })],
    ['input', respond({ input: [] })],
    ['input', embed({ input: '' })],
    ['input', embed({ input: [] })],
    ['input[1]', embed({ input: ['a', ''] })],
    ['dimensions', embed({ dimensions: 5 })],
    ['encoding_format', embed({ encoding_format: 'hex' })],
  ])('is answered with 400 naming %s: %j', async (param, [path, body]) => {
    const { status, error } = await refusalOf(embedded.target, path, body);
    expect([status, error]).toMatchObject([400, { type: 'invalid_request_error', param }]);
    expect(error?.message).toMatch(/\w/);
    expect(Object.keys(error ?? {}).sort()).toEqual(['code', 'message', 'param', 'type']);
  });

  it('for a model that is not there is answered with 404 in every route', async () => {
    for (const [path, body] of [
      chat({ model: 'gpt-9' }),
      text({ model: 'gpt-9' }),
      respond({ model: 'gpt-9' }),
      embed({ model: 'gpt-9' }),
    ]) {
      const { status, error } = await refusalOf(embedded.target, path, body);
      expect([status, error]).toMatchObject([404, { param: 'model', code: 'model_not_found' }]);
    }
    await expect(embedded.client.models.retrieve('gpt-9')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });

  it.each(['{"model": ', 'not json', '[]', '"text"', ''])(
    'that is no JSON object is answered with 400: %j',
    async (body) => {
      const { gateway } = embedded.target;
      const answer = await gateway.send('POST', '/v1/chat/completions', body, { 'content-type': 'application/json' });
      expect([answer.status, answer.json()]).toMatchObject([
        400,
        { error: { type: 'invalid_request_error', param: null } },
      ]);
    },
  );

  it('of a method or path that is not there is answered in the same shape', async () => {
    const { gateway } = embedded.target;
    const method = await gateway.send('GET', '/v1/chat/completions');
    expect([method.status, method.json()]).toMatchObject([405, { error: { type: 'invalid_request_error' } }]);
    const path = await gateway.send('POST', '/v1/images/generations', {});
    expect([path.status, path.json()]).toMatchObject([404, { error: { type: 'invalid_request_error' } }]);
  });

  it.each([false, true])(
    'that does not fit is answered with 400 before anything is streamed (stream: %s)',
    async (stream) => {
      const messages = [{ role: 'user' as const, content: 'word '.repeat(20_000) }];
      await expect(embedded.client.chat.completions.create({ ...SHORT, messages, stream })).rejects.toMatchObject({
        ...{ status: 400, code: 'context_length_exceeded', param: 'messages' },
      });
    },
  );
});
