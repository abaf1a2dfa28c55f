import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { createStreamClient, sample, until } from '../stream.ts';

const KEY = `ghp_${'aB3dE5fG7hJ9kL1mN0pQ2rS4tU6vW8xYzA1b'}`;
const MAIL = 'ada.lovelace@example.org';
const PHONE = '13912345678';

/** Echoes that cut what they say in different ways, and a policy that looks at answers alone. */
const config = (redaction: Record<string, unknown> = {}) => ({
  models: [
    scriptedModel({ charactersPerChunk: 4 }),
    scriptedModel({ charactersPerChunk: 1 }, { id: 'by-one' }),
    scriptedModel({ charactersPerChunk: 7 }, { id: 'by-seven' }),
  ],
  scenarios: { faq: { cache: true }, ward: { redaction: 'medical' } },
  redaction: { policies: { answers: { request: { '*': 'off' } } }, ...redaction },
});

describe('redaction through HTTP', () => {
  let gateway: TestGateway;
  let client: ReturnType<typeof createStreamClient>;

  beforeAll(async () => {
    gateway = await startGateway({ config: config() });
    client = createStreamClient(gateway.url, gateway.ca, await gateway.token('inference'));
  });
  afterAll(async () => {
    await client?.close();
    await gateway?.stop();
  });

  const infer = (prompt: string, more: Record<string, unknown> = {}) =>
    gateway.send('POST', '/api/v1/inference', { prompt, temperature: 0, ...more });
  const metric = async (name: string) => sample((await gateway.send('GET', '/api/v1/metrics')).text, name);

  it('hands the model pseudonyms and the caller its own words back', async () => {
    const prompt = `write to ${MAIL} or call ${PHONE}`;
    const seen = await gateway.send('POST', '/api/v1/tokenize', { prompt });
    expect(seen.text).not.toContain('lovelace');
    expect((await infer(prompt)).json().text).toBe(prompt);
    const chat = await gateway.send('POST', '/v1/chat/completions', {
      model: 'scripted',
      messages: [{ role: 'user', content: prompt }],
    });
    expect(chat.json()).toMatchObject({ choices: [{ message: { content: prompt } }] });
  });

  it('masks for good what the model has no use for', async () => {
    const { text } = (await infer(`my key is ${KEY}, write to ${MAIL}`)).json();
    expect(text).toMatch(/^my key is \[\w+\], write to ada\.lovelace@example\.org$/);
    await until(
      () => metric('clawdbot_redactions_total{action="mask",direction="request",rule="secrets.github"}'),
      (count) => count !== undefined && count > 0,
    );
  });

  it('answers from the cache what was asked alike, each caller with its own words', async () => {
    const first = await infer(`hello ${MAIL}!`, { scenario: 'faq' });
    const second = await infer('hello linus@example.net!', { scenario: 'faq' });
    expect([first, second].map(({ headers }) => headers['x-clawdbot-cache'])).toEqual(['miss', 'hit']);
    expect([first, second].map((answer) => answer.json().text)).toEqual([`hello ${MAIL}!`, 'hello linus@example.net!']);
  });

  it('refuses what a policy blocks, naming the rule and not the value', async () => {
    const refused = await infer(`my key is ${KEY}`, { scenario: 'ward' });
    expect(refused.status).toBe(422);
    expect(refused.json()).toMatchObject({
      error: { code: 'ERR_REDACT_BLOCKED', details: { rule: 'secrets.github' } },
    });
    expect(refused.text).not.toContain(KEY);
  });

  it('restores arguments and JSON answers as JSON', async () => {
    const answer = await infer(`{"to": "${MAIL}", "note": "x\\n${PHONE}"}`, {
      responseFormat: { type: 'json_object' },
    });
    expect(JSON.parse(String(answer.json().text))).toEqual({ to: MAIL, note: `x\n${PHONE}` });
  });

  it('applies an edit while it runs, and keeps the old rules where the edit is wrong', async () => {
    gateway.configure(config({ policies: { answers: { request: { 'global.emial': 'off' } } } }));
    await gateway.report('notice', ({ text }) => text.includes('did you mean global.email?'));
    expect((await infer(`my key is ${KEY}`)).json().text).not.toContain(KEY);
    gateway.configure(config({ keys: { 'jwt:test': 'answers' } }));
    await gateway.report('notice', ({ text }) => text.includes('redaction') && text.includes('applied'));
    // The request is not looked at now; what the model repeats is.
    await until(
      async () => String((await infer(`to ${MAIL}!`)).json().text),
      (text) => text === 'to [EMAIL]!',
    );
  });

  it('never lets a piece of a secret out, wherever the model cuts it', async () => {
    const said = `key ${KEY}, mail ${MAIL}, card 4111 1111 1111 1111 and phone ${PHONE} end`;
    const [whole] = [String((await infer(said)).json().text)];
    expect(whole).toMatch(/^key \[\w+\], mail \[EMAIL\], card \[\w+\] and phone \[\w+\] end$/);
    const run = async (model: string, prompt: string) => {
      const { events } = await client.stream('/api/v1/inference', { prompt, model, stream: true, temperature: 0 });
      return events
        .filter(({ event }) => event === 'token')
        .map(({ data }) => String(JSON.parse(data).text))
        .join('');
    };
    expect(await run('by-one', said)).toBe(whole);
    // Seven characters a piece and seven beginnings: every boundary falls everywhere.
    for (let shift = 0; shift < 7; shift += 1)
      expect(await run('by-seven', `${'.'.repeat(shift)} ${said}`)).toBe(`${'.'.repeat(shift)} ${whole}`);
  });

  it('counts what was found in the access line, and says in the audit log where it was', async () => {
    const { headers } = await infer(`to ${MAIL} from ${PHONE}`);
    const lines = (file: string) => readFileSync(`${gateway.data}/${file}.json`, 'utf8').trim().split('\n');
    const id = String(headers['x-request-id']);
    const lineOf = async (file: string) =>
      until(
        () => lines(file).find((line) => line.includes(id)) ?? '',
        (line) => line !== '',
      );
    expect(JSON.parse(await lineOf('logs/access'))).toMatchObject({ 'labels.redactions': 2 });
    const audit = await lineOf('audit/audit');
    expect(audit).toContain('global.email');
    expect(audit).not.toContain('lovelace');
  });
});
