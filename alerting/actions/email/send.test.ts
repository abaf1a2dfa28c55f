import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { egressRows } from '../../../core/egress/implied.ts';
import type { EgressNote } from '../../../core/egress/ledger.ts';
import { createWayOut } from '../../../core/egress/way-out.ts';
import { type MailServer, startMailServer } from '../../../tests/mail/server.ts';
import { makeTlsFiles } from '../../../tests/tls-files.ts';
import { createSender } from './send.ts';

const MAIL = { key: 'task-1', subject: 'Accelerator is hot', text: 'It is at 83 °C.\n' };
const NEVER = new AbortController().signal;

let dir: string;
let server: MailServer | undefined;
let notes: EgressNote[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-mail-'));
  notes = [];
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const send = (email: object, egress: object = {}) => {
  const config = configSchema.parse({ email: { to: ['ops@example.org'], ...email }, egress });
  const out = createWayOut({ rows: egressRows(config, {}), note: (note) => notes.push(note) });
  return createSender({ config: config.email, out })(MAIL, NEVER);
};

const withLogin = async () => {
  const { caFile, certFile, keyFile } = await makeTlsFiles(dir);
  const passwordFile = join(dir, 'password');
  writeFileSync(passwordFile, 'secret\n');
  server = await startMailServer({ tls: { certFile, keyFile }, login: { user: 'clawdbot', password: 'secret' } });
  return { smarthost: server.smarthost, username: 'clawdbot', passwordFile, ca: caFile };
};

describe('a letter of the service', () => {
  it('is sent over TLS by whoever may send, and shows in the books', async () => {
    expect(await send(await withLogin())).toEqual({
      outcome: 'done',
      reason: 'mailed to 1',
      details: { recipients: 1 },
    });
    expect(server?.messages).toEqual([
      expect.objectContaining({
        subject: 'Accelerator is hot',
        text: 'It is at 83 °C.',
        user: 'clawdbot',
        wasEncrypted: true,
      }),
    ]);
    expect(server?.messages[0]?.headers['message-id']).toBe('<task-1@actions.clawdbot.invalid>');
    expect(notes).toEqual([
      { purpose: 'email', dataClass: 'metadata', destination: server?.smarthost, outcome: 'sent' },
    ]);
  });

  it('fails at once with a wrong password, without telling it', async () => {
    const login = await withLogin();
    writeFileSync(login.passwordFile, 'wrong-one');
    const outcome = await send(login);
    expect(outcome).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('email.passwordFile') });
    expect(JSON.stringify(outcome)).not.toContain('wrong-one');
    expect(server?.messages).toEqual([]);
  });

  it('is not sent without TLS unless that is allowed', async () => {
    server = await startMailServer();
    const { smarthost } = server;
    expect(await send({ smarthost })).toMatchObject({ reason: expect.stringContaining('TLS'), outcome: 'failed' });
    expect(server.messages).toEqual([]);
    expect(await send({ smarthost, requireTls: false })).toMatchObject({ outcome: 'done' });
  });

  it('does not trust a certificate of somebody else', async () => {
    const { ca: _unknown, ...login } = await withLogin();
    expect((await send(login)).outcome).toBe('retry');
    expect(server?.messages).toEqual([]);
  });

  it('is tried again while the server is down, or says that it will do later', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const address = free.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => free.close(resolve));
    expect(await send({ smarthost: `127.0.0.1:${port}` })).toMatchObject({ outcome: 'retry' });
    expect(notes).toEqual([expect.objectContaining({ outcome: 'failed' })]);
  });

  it('is tried again where the server cannot take it now', async () => {
    server = await startMailServer({ refusal: () => '451 try later' });
    expect(await send({ smarthost: server.smarthost, requireTls: false })).toMatchObject({
      ...{ outcome: 'retry', details: { reply: 451 } },
    });
  });

  it('fails where the server refuses it for good, naming nobody', async () => {
    server = await startMailServer({ refusal: () => '550 no such user ops@example.org' });
    const outcome = await send({ smarthost: server.smarthost, requireTls: false });
    expect(outcome).toMatchObject({ outcome: 'failed' });
    expect(JSON.stringify(outcome)).not.toContain('ops@');
  });

  it('goes nowhere that nobody allowed, and says how to allow it', async () => {
    const outcome = await send({ smarthost: 'mail.example.org:587' }, { implied: false });
    expect(outcome).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('egress.allow') });
    expect(notes).toEqual([expect.objectContaining({ outcome: 'refused' })]);
  });

  it('fails where no e-mail is configured', async () => {
    expect(await send({ to: [] })).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('email.smarthost'),
    });
  });
});
