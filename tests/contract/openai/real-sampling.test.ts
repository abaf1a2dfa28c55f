import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REAL_MODEL, readAll, startTarget, type Target } from './target.ts';

let target: Target;
let client: OpenAI;
beforeAll(async () => {
  // One compute thread: two of them starve each other on a machine whose cores are busy.
  target = await startTarget({ engines: { threads: 1 } });
  client = await target.client();
}, 600_000);
afterAll(() => target?.stop());

const body = {
  model: REAL_MODEL,
  messages: [{ role: 'user' as const, content: 'What is the capital of France?' }],
  temperature: 0,
  max_tokens: 6,
};

const tokenIds = async (prompt: string): Promise<number[]> => {
  const answer = await target.gateway.send('POST', '/api/v1/tokenize', { model: REAL_MODEL, prompt });
  return (answer.json() as { tokens: number[] }).tokens;
};

// Computing takes as long as the machine needs, whatever else runs on it.
describe('the embedded model', { timeout: 600_000 }, () => {
  it('tells the log probability of each token, with as many alternatives as asked', async () => {
    for (const top of [0, 3]) {
      const answer = await client.chat.completions.create({ ...body, logprobs: true, top_logprobs: top });
      const content = answer.choices[0]?.logprobs?.content ?? [];
      expect(content.length).toBe(answer.usage?.completion_tokens);
      const bytes = content.flatMap((entry) => entry.bytes ?? []);
      expect(Buffer.from(bytes).toString()).toContain(answer.choices[0]?.message.content ?? '?');
      for (const { token, logprob, top_logprobs: others } of content) {
        expect(logprob).toBeLessThanOrEqual(0);
        expect(others.length).toBe(top);
        if (top > 0) expect(others[0]?.token).toBe(token);
        expect(others.map((other) => other.logprob)).toEqual(
          others.map((other) => other.logprob).sort((a, b) => b - a),
        );
      }
    }
  });

  it('streams the log probabilities it answers whole', async () => {
    const whole = await client.chat.completions.create({ ...body, logprobs: true, top_logprobs: 1 });
    const chunks = await readAll(
      await client.chat.completions.create({ ...body, logprobs: true, top_logprobs: 1, stream: true }),
    );
    const streamed = chunks.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? []);
    expect(streamed.map(({ token }) => token)).toEqual(whole.choices[0]?.logprobs?.content?.map(({ token }) => token));
  });

  it('tells them in the legacy shape too', async () => {
    const answer = await client.completions.create({
      model: REAL_MODEL,
      prompt: 'One, two,',
      temperature: 0,
      max_tokens: 4,
      logprobs: 2,
    });
    const [choice] = answer.choices;
    const {
      tokens = [],
      token_logprobs: own = [],
      top_logprobs: top = [],
      text_offset: offsets,
    } = choice?.logprobs ?? {};
    expect(tokens.join('')).toBe(choice?.text);
    expect([own.length, top.length, offsets?.[0]]).toEqual([tokens.length, tokens.length, 0]);
    for (const [index, token] of tokens.entries()) expect(top[index]?.[token]).toBeCloseTo(own[index] ?? 1, 5);
  });

  it('obeys a bias for a token and against it', async () => {
    const [zebra] = await tokenIds(' zebra');
    const forced = await client.chat.completions.create({
      ...body,
      max_tokens: 2,
      logit_bias: { [String(zebra)]: 100 },
    });
    expect(await tokenIds(forced.choices[0]?.message.content ?? '')).toContain(zebra);
    const plain = await client.completions.create({
      model: REAL_MODEL,
      prompt: 'One, two,',
      temperature: 0,
      max_tokens: 1,
    });
    const [first] = await tokenIds(plain.choices[0]?.text ?? '');
    const banned = await client.completions.create({
      model: REAL_MODEL,
      prompt: 'One, two,',
      temperature: 0,
      max_tokens: 1,
      logit_bias: { [String(first)]: -100 },
    });
    expect(banned.choices[0]?.text).not.toBe(plain.choices[0]?.text);
  });

  it('answers several choices and counts the tokens of all of them', async () => {
    const answer = await client.chat.completions.create({ ...body, temperature: 1.2, seed: 7, n: 3, logprobs: true });
    const counts = answer.choices.map(({ logprobs }) => logprobs?.content?.length ?? 0);
    expect(answer.usage?.completion_tokens).toBe(counts.reduce((sum, count) => sum + count, 0));
    expect(new Set(answer.choices.map(({ message }) => message.content)).size).toBeGreaterThan(1);
  });

  it('writes the same words for the same seed', async () => {
    // In the same company: what is computed together changes the rounding, and a near tie may fall either way.
    const ask = async () => {
      const answer = await client.chat.completions.create({ ...body, temperature: 1.2, seed: 7 });
      return answer.choices[0]?.message.content;
    };
    await ask();
    const first = await ask();
    expect(first).not.toBe('');
    expect(await ask()).toBe(first);
  });

  it('writes what a grammar allows', async () => {
    const answer = await client.chat.completions.create({ ...body, grammar: 'root ::= "yes" | "no"' } as typeof body);
    expect(['yes', 'no']).toContain(answer.choices[0]?.message.content);
    await expect(
      client.chat.completions.create({ ...body, grammar: 'root ::= nonsense' } as typeof body),
    ).rejects.toMatchObject({ status: 400 });
  });

  it('repeats a prompt of token ids before its answer', async () => {
    const prompt = await tokenIds('One, two, three,');
    const asked = { model: REAL_MODEL, temperature: 0, max_tokens: 3 };
    const echoed = await client.completions.create({ ...asked, prompt, echo: true });
    const plain = await client.completions.create({ ...asked, prompt: 'One, two, three,' });
    expect(echoed.choices[0]?.text).toBe(`One, two, three,${plain.choices[0]?.text}`);
  });

  it('cuts texts into tokens and puts them together again', async () => {
    for (const prompt of ['hello world', 'zwei Wörter', '👍 日本語']) {
      const tokens = await tokenIds(prompt);
      const text = await target.gateway.send('POST', '/api/v1/detokenize', { model: REAL_MODEL, tokens });
      expect(text.json()).toMatchObject({ text: prompt });
    }
    const counted = await target.gateway.send('POST', '/api/v1/tokens/count', {
      model: REAL_MODEL,
      messages: body.messages,
    });
    const answer = await client.chat.completions.create(body);
    expect(counted.json()).toMatchObject({ count: answer.usage?.prompt_tokens });
  });

  it('orders documents and says by what', async () => {
    const answer = await target.gateway.send('POST', '/v1/rerank', {
      model: REAL_MODEL,
      query: 'capital of France',
      documents: ['The capital of France is Paris.', 'Bananas are yellow.'],
    });
    const { method, results } = answer.json() as { method: string; results: { relevance_score: number }[] };
    expect([answer.status, method, results.length]).toEqual([200, 'embedding', 2]);
    expect(results[0]?.relevance_score).toBeGreaterThanOrEqual(results[1]?.relevance_score ?? 1);
  });
});
