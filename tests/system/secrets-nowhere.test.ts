import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VENDOR_KEYS } from '../../services/inference/redact/packs/vendor-keys.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { createStreamClient, until } from '../stream.ts';

const ENTRY = fileURLToPath(new URL('../fixtures/gateways/crashing.ts', import.meta.url));
const STORE = fileURLToPath(new URL('../fixtures/cache/file-store.ts', import.meta.url));

/** Keys that vendors give out, and what people are known by: made up, and each as its check digits demand. */
const SECRETS: readonly string[] = [
  ...VENDOR_KEYS.filter(({ example }) => example.length < 100)
    .slice(0, 28)
    .map(({ example }) => example),
  ...['ada.lovelace@example.org', 'grace+navy@mail.example.com', '11010519491231002X', '13912345678'],
  ...['4111 1111 1111 1111', 'DE89370400440532013000', '203.0.113.77', '536-90-4399', 'zeppelin-hunter2-Q7'],
  ...['+44 20 7946 0958', '5500005555555559', 'linus@example.net', '18612345678'],
];
/** Known by what stands before it. */
const PASSWORD = 'zeppelin-hunter2-Q7';
const said = (secret: string): string => (secret === PASSWORD ? `password=${secret}` : secret);

/** Hands out the secrets in turn, so that each stands in several places. */
const createPlanter = () => {
  let next = 0;
  const planted = new Set<string>();
  return {
    planted,
    plant(): string {
      const secret = SECRETS[next % SECRETS.length] ?? '';
      next += 1;
      planted.add(secret);
      return said(secret);
    },
  };
};

const filesBelow = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((file) => statSync(file).isFile());

/** As it is, as JSON has it, and as a URL has it. */
const spellings = (secret: string): string[] => [
  ...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
];

const found = (text: string): string[] =>
  SECRETS.filter((secret) => spellings(secret).some((one) => text.includes(one)));

describe(`${SECRETS.length} secrets in every field, header, query and path`, () => {
  let cacheDir: string;
  let gateway: TestGateway;
  let output = '';
  const refusals: string[] = [];
  const { planted, plant } = createPlanter();

  beforeAll(async () => {
    cacheDir = mkdtempSync(join(tmpdir(), 'clawdbot-cache-'));
    mkdirSync(cacheDir, { recursive: true });
    gateway = await startGateway({
      entry: ENTRY,
      env: { CRASH_WITH: SECRETS.map(said).join(' and ') },
      config: {
        models: [scriptedModel()],
        scenarios: { kept: { cache: true } },
        cache: { store: STORE, options: { dir: cacheDir } },
        logging: { level: 'trace' },
        jobs: { callbacks: { allow: ['http://127.0.0.1:1'], allowAddresses: ['127.0.0.1/32'], attempts: 2 } },
      },
    });
    for (const stream of [gateway.child.stdout, gateway.child.stderr])
      stream?.on('data', (chunk) => {
        output += String(chunk);
      });
  });
  afterAll(async () => {
    if (gateway?.child.exitCode === null) await gateway.stop();
    else rmSync(gateway.data, { recursive: true, force: true });
    rmSync(cacheDir, { recursive: true, force: true });
  });

  const send = async (path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await gateway.send(body === undefined ? 'GET' : 'POST', path, body, headers);
    if (answer.status >= 400) refusals.push(answer.text);
    return answer;
  };
  const conversation = () => [
    { role: 'system', content: plant() },
    { role: 'user', content: `${plant()} and ${plant()}`, name: 'a_name' },
    {
      role: 'assistant',
      content: plant(),
      tool_calls: [
        {
          id: 'call_1',
          type: 'function',
          function: { name: 'look', arguments: JSON.stringify({ a: plant(), [plant()]: 1 }) },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: JSON.stringify({ found: plant() }) },
    {
      role: 'user',
      content: [
        { type: 'text', text: plant() },
        { type: 'text', text: ` ${plant()} ` },
      ],
    },
  ];
  const tools = () => [
    {
      type: 'function',
      function: {
        name: 'look',
        description: plant(),
        parameters: { type: 'object', properties: { a: { description: plant() } } },
      },
    },
  ];

  it('are in every text that a client can send', async () => {
    const model = 'scripted';
    await send('/v1/chat/completions', { model, messages: conversation(), user: plant(), metadata: { a: plant() } });
    await send('/v1/chat/completions', {
      model,
      messages: [{ role: 'user', content: plant() }],
      tools: tools(),
      stop: [plant()],
      chat_template_kwargs: { a: plant() },
    });
    await send('/v1/chat/completions', {
      model,
      messages: [{ role: 'user', content: plant() }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'a', schema: { type: 'object', description: plant() } },
      },
    });
    await send('/v1/completions', { model, prompt: [plant(), plant()], suffix: plant(), user: plant() });
    await send('/v1/responses', {
      model,
      input: plant(),
      instructions: plant(),
      metadata: { a: plant() },
      user: plant(),
    });
    await send('/v1/embeddings', { model, input: [plant(), plant()], user: plant() });
    await send('/v1/rerank', { model, query: plant(), documents: [plant(), { text: plant() }] });
    await send('/api/v1/tokenize', { prompt: plant() });
    await send('/api/v1/tokens/count', { messages: [{ role: 'user', content: plant() }] });
    for (let turn = 0; turn < 6; turn += 1)
      await send('/api/v1/inference', { prompt: plant(), scenario: 'kept', temperature: 0, grammar: undefined });
    const client = createStreamClient(gateway.url, gateway.ca, await gateway.token('inference'));
    for (let turn = 0; turn < SECRETS.length; turn += 1)
      await client.stream('/api/v1/inference', { prompt: `${plant()} `, stream: true });
    await client.close();
  });

  it('are in what is refused', async () => {
    await send('/v1/chat/completions', { model: plant(), messages: [{ role: 'user', content: plant() }] });
    await send('/api/v1/inference', { prompt: 'a', scenario: plant() });
    await send('/api/v1/inference', { [plant()]: plant(), prompt: 1 });
    await send('/api/v1/inference', {
      prompt: 'a',
      priority: plant(),
      responseFormat: { type: plant() },
      adapters: [{ id: plant(), scale: 1 }],
    });
    await send('/v1/chat/completions', { model: 'scripted', messages: [{ role: plant(), content: plant() }] });
    await send('/v1/chat/completions', {
      model: 'scripted',
      messages: [{ role: 'user', content: [{ type: plant() }] }],
    });
    await send('/api/v1/inference', `{"prompt": "${plant()}`);
    await send('/api/v1/inference', {
      prompt: 'a',
      mode: 'async',
      callbackUrl: `https://example.org/${encodeURIComponent(plant())}`,
    });
  });

  it('are in headers, queries and paths', async () => {
    const headers = ['user-agent', 'x-request-id', 'traceparent', 'x-forwarded-for', 'cookie', 'referer', 'x-api-key'];
    for (const name of headers) await send('/api/v1/health', undefined, { [name]: plant() });
    await send('/api/v1/health', undefined, { authorization: `Bearer ${plant()}` });
    await send('/api/v1/inference', { prompt: 'a' }, { 'content-type': plant() });
    for (let turn = 0; turn < 8; turn += 1) {
      await send(`/api/v1/jobs?before=${encodeURIComponent(plant())}&api_key=${encodeURIComponent(plant())}`);
      await send(`/api/v1/jobs/${encodeURIComponent(plant())}`);
      await send(`/v1/${encodeURIComponent(plant())}`);
      await send(`/${plant().replaceAll(' ', '%20').replaceAll('+', '%2B')}`);
    }
  });

  it('are in jobs, which their owner reads as they were sent', async () => {
    const ids: string[] = [];
    for (let turn = 0; turn < SECRETS.length; turn += 1) {
      const callbackUrl = `http://127.0.0.1:1/${encodeURIComponent(plant())}?t=${encodeURIComponent(plant())}`;
      const body = { prompt: `${plant()} `, mode: 'async', ...(turn % 4 === 0 ? { callbackUrl } : {}) };
      const answer = await send('/api/v1/inference', body, {
        'idempotency-key': `${plant().replaceAll(' ', '-')}-${turn}`,
      });
      expect(answer.status, answer.text).toBe(202);
      ids.push(String(answer.json().id));
    }
    const jobOf = async (id: string) => (await gateway.send('GET', `/api/v1/jobs/${id}`)).json();
    for (const id of ids) {
      await until(
        () => jobOf(id),
        ({ state }) => state === 'succeeded',
      );
    }
    const mail = await send('/api/v1/inference', { prompt: 'write to linus@example.net now', mode: 'async' });
    const job = await until(
      () => jobOf(String(mail.json().id)),
      ({ state }) => state === 'succeeded',
    );
    expect(job.result).toMatchObject({ text: 'write to linus@example.net now' });
    const events = await gateway.send('GET', `/api/v1/jobs/${mail.json().id}/events`);
    expect(events.text).toContain('write to linus@example.net now');
  });

  it('are in no refusal, no metric, no file, no cache entry and no word of a crash', async () => {
    expect([...planted].toSorted()).toEqual([...SECRETS].toSorted());
    expect(found(refusals.join('\n'))).toEqual([]);
    const metrics = (await gateway.send('GET', '/api/v1/metrics')).text;
    expect(metrics).toContain('clawdbot_redactions_total');
    expect(found(metrics)).toEqual([]);
    gateway.child.kill('SIGUSR2');
    const [code] = await once(gateway.child, 'exit');
    expect(code).toBe(70);
    expect(output).toContain('broken on');
    expect(found(output)).toEqual([]);

    const answers = readdirSync(cacheDir);
    expect(answers.length).toBeGreaterThan(0);
    const files = [...filesBelow(gateway.data), ...answers.map((name) => join(cacheDir, name))];
    expect(files.map((file) => file.slice(gateway.data.length + 1))).toEqual(
      expect.arrayContaining(['jobs.db', 'logs/app.json', 'logs/access.json', 'audit/audit.json']),
    );
    const leaks = files.flatMap((file) => found(readFileSync(file, 'latin1')).map((secret) => `${file}: ${secret}`));
    expect(leaks).toEqual([]);
    expect(found(gateway.reports.map((report) => JSON.stringify(report)).join('\n'))).toEqual([]);
  });
});
