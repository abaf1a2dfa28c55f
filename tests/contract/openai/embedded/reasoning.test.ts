import { readFileSync } from 'node:fs';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMBEDDED_MODEL } from '../../../../core/config/schema.ts';
import { readAll, startTarget, type Target } from '../target.ts';
import { SHORT } from './target.ts';

// The template of a model that reasons: it opens the thoughts, and what is written before their end is one. The embedded
// model never ends them by itself, so what comes after them is asked for with the thoughts switched off.
const TEMPLATE = new URL('../../../fixtures/chat-templates/deepseek-r1-distill.jinja', import.meta.url);

let target: Target;
let client: OpenAI;
beforeAll(async () => {
  const options = { chatTemplate: readFileSync(TEMPLATE, 'utf8') };
  target = await startTarget({ engines: { threads: 1 }, models: [{ ...EMBEDDED_MODEL, options }] });
  client = await target.client();
}, 600_000);
afterAll(() => target?.stop());

const BODY = { ...SHORT, max_tokens: 12 };
/** What the client does not know of a message. */
const thoughtsOf = (message: object | undefined): string | undefined =>
  message !== undefined && 'reasoning_content' in message ? String(message.reasoning_content) : undefined;

// Computing takes as long as the machine needs, whatever else runs on it.
describe('a model that reasons', { timeout: 600_000 }, () => {
  it('tells its thoughts apart from its answer, and how many tokens they took', async () => {
    const { choices, usage } = await client.chat.completions.create(BODY);
    expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } });
    expect(thoughtsOf(choices[0]?.message)).toMatch(/\w/);
    expect(usage).toMatchObject({ completion_tokens: 12, completion_tokens_details: { reasoning_tokens: 12 } });
  });

  it('streams them as they come', async () => {
    const whole = thoughtsOf((await client.chat.completions.create(BODY)).choices[0]?.message);
    const chunks = await readAll(await client.chat.completions.create({ ...BODY, stream: true }));
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
    expect(deltas.map((delta) => thoughtsOf(delta) ?? '').join('')).toBe(whole);
    expect(deltas.filter((delta) => thoughtsOf(delta) !== undefined).length).toBeGreaterThan(2);
    expect(deltas.map(({ content }) => content ?? '').join('')).toBe('');
  });

  it('stops at no text among them', async () => {
    const thoughts = thoughtsOf((await client.chat.completions.create(BODY)).choices[0]?.message) ?? '';
    const stop = /[a-z]{3,}/i.exec(thoughts)?.[0] ?? '?';
    const { choices } = await client.chat.completions.create({ ...BODY, stop });
    expect([thoughtsOf(choices[0]?.message), choices[0]?.finish_reason]).toEqual([thoughts, 'length']);
  });

  it.each<[string, object]>([
    ['reasoning_effort', { reasoning_effort: 'none' }],
    ['chat_template_kwargs', { chat_template_kwargs: { enable_thinking: false } }],
  ])('answers at once where %s says so, in the form that was asked for', async (_, extra) => {
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
    const { choices, usage } = await client.chat.completions.create({
      ...{ ...BODY, ...extra, max_tokens: 40 },
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    });
    expect(thoughtsOf(choices[0]?.message)).toBeUndefined();
    expect(JSON.parse(choices[0]?.message.content ?? '')).toHaveProperty('ok');
    expect(usage?.completion_tokens_details?.reasoning_tokens ?? 0).toBe(0);
    const { choices: plain } = await client.chat.completions.create({ ...BODY, ...extra });
    expect(plain[0]?.message.content).toMatch(/\w/);
  });

  it('thinks before it keeps to a schema, so that a short budget is thoughts alone', async () => {
    const { choices } = await client.chat.completions.create({ ...BODY, response_format: { type: 'json_object' } });
    expect(choices[0]?.message.content).toBe('');
    expect(thoughtsOf(choices[0]?.message)).toMatch(/\w/);
  });

  it('tells them as an item of a response', async () => {
    const { output, usage } = await client.responses.create({
      ...{ model: BODY.model, input: 'What is the capital of France?', temperature: 0, max_output_tokens: 12 },
    });
    expect(output[0]).toMatchObject({ type: 'reasoning' });
    expect(usage?.output_tokens_details.reasoning_tokens).toBe(12);
  });
});
