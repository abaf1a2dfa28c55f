import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ContentStore, openContentStore } from '../../../core/audit/content-store.ts';
import { createOpener, createSeal, generateAuditorKeys } from '../../../core/audit/seal.ts';
import { createContentKeeper, type Protection } from './content.ts';
import { type Conversation, createConversation, hear } from './conversation.ts';

let folder: string;
let store: ContentStore;
let now = 1000;
let steady = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clawdbot-content-'));
  store = openContentStore(join(folder, 'content.db'));
  now = 1000;
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const said = (): Conversation => {
  const conversation = createConversation();
  conversation.asked.push({ kind: 'text', prompt: 'call 555' });
  for (const text of ['dialling', ' 555']) hear(conversation, { type: 'text', text, tokens: 1 });
  hear(conversation, { type: 'reasoning', text: 'a phone', tokens: 1, choice: 1 });
  return conversation;
};

const keep = (protection: Protection, kept: Conversation = said()) => {
  const errors: unknown[] = [];
  const counted: unknown[] = [];
  const keeper = createContentKeeper({
    store,
    protection,
    refuses: true,
    telemetry: { counter: (key, labels) => void counted.push([key, labels]) },
    onError: (error) => void errors.push(error),
    now: () => now,
    steadyNow: () => steady,
  });
  const labels = new Promise<Readonly<Record<string, string>>>((resolve) =>
    keeper.keep(kept, { keyId: 'key:a', requestId: 'req_1' }, resolve),
  );
  return { keeper, labels, errors, counted };
};

const redacting: Protection = { kind: 'redacted', redact: (text) => text.replaceAll('555', '[PHONE]') };

describe('kept content', () => {
  it('is redacted in every text of it before it is kept', async () => {
    const { labels } = keep(redacting);
    expect(await labels).toMatchObject({
      'labels.content': 'redacted',
      'labels.content_at': '1970-01-01T00:00:01.000Z',
    });
    const [entry] = store.list({});
    expect(JSON.parse(String(entry?.body)).content).toEqual({
      asked: [{ kind: 'text', prompt: 'call [PHONE]' }],
      answers: [
        { text: 'dialling [PHONE]', reasoning: '', toolCalls: '' },
        { text: '', reasoning: 'a phone', toolCalls: '' },
      ],
    });
  });

  it('is sealed so that only the auditor reads it', async () => {
    const { privateKey, publicKey } = await generateAuditorKeys();
    const { labels } = keep({ kind: 'sealed', seal: await createSeal(JSON.stringify(publicKey)) });
    await labels;
    const [entry] = store.list({ requestId: 'req_1' });
    expect(readFileSync(join(folder, 'content.db-wal'), 'latin1')).not.toContain('dialling');
    const text = await (await createOpener(JSON.stringify(privateKey)))(String(entry?.body));
    expect(JSON.parse(text).content.asked).toEqual([{ kind: 'text', prompt: 'call 555' }]);
  });

  it('has another hash each time, so that a hash which outlives it tells nothing', async () => {
    const first = await keep(redacting).labels;
    const second = await keep(redacting).labels;
    expect(first['labels.content_sha256']).not.toBe(second['labels.content_sha256']);
  });

  it('is gone from the disk after a purge of its key, and only that', async () => {
    const { labels, keeper } = keep(redacting);
    await labels;
    store.put({ keyId: 'key:b', requestId: 'req_2', at: 1000, kind: 'redacted', body: 'of another' });
    expect([store.count('key:a', 1000), store.count('key:a', 1001)]).toEqual([0, 1]);
    expect(store.purge('key:a', 1001)).toBe(1);
    await keeper.stop();
    const bytes = readFileSync(join(folder, 'content.db'), 'latin1');
    expect(bytes).not.toContain('dialling');
    expect(bytes).toContain('of another');
  });

  it('that cannot be kept is counted, said in the record, and refuses what comes next', async () => {
    const failing: Protection = {
      kind: 'redacted',
      redact: () => {
        throw new Error('no');
      },
    };
    const { keeper, labels, errors, counted } = keep(failing);
    expect(await labels).toEqual({ 'labels.content': 'failed' });
    expect([errors.length, counted]).toEqual([1, [['auditFailures', { part: 'content' }]]]);
    expect(() => keeper.check()).toThrow(/cannot be kept/);
    // The clock of the machine decides nothing here.
    now -= 3_600_000;
    steady += 1000;
    expect(() => keeper.check()).not.toThrow();
  });
});
