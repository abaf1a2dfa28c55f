import { execFile, execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../core/config/schema.ts';
import { openCertificates } from './certificates.ts';
import { ensureLocalCertificate } from './local-certificate.ts';
import { startTestServer } from './test-server.ts';
import { generateKeyPem, issueCa, issueServer } from './x509.ts';

const run = promisify(execFile);
const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 10, 23, 12);

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clawdbot-tls-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

type Tls = Pick<Config['server']['tls'], 'cert' | 'key'>;
const config = (more: Partial<Pick<Config['server'], 'host' | 'names'>> & { readonly tls?: Tls } = {}) => ({
  host: '127.0.0.1',
  names: [],
  tls: {},
  ...more,
});
const ensure = (more: { names?: string[]; host?: string } = {}, now = Date.now) =>
  ensureLocalCertificate({ dir, config: config(more), now });
const certificate = async (name: string) => new X509Certificate(await readFile(join(dir, name), 'utf8'));
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('the local certificate', () => {
  it('names what clients may call this machine', async () => {
    await ensure({ names: ['box.example', '10.1.2.3', 'fd00::1'], host: '0.0.0.0' });
    const server = await certificate('server.crt');
    for (const name of ['localhost', 'box.example', hostname()]) expect(server.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1', '10.1.2.3', 'fd00::1']) expect(server.checkIP(address)).toBe(address);
    expect(server.checkIP('0.0.0.0')).toBeUndefined();
  });

  it('lives at most 397 days and its authority ten years', async () => {
    await ensure();
    const server = await certificate('server.crt');
    const ca = await certificate('ca.crt');
    const days = (of: X509Certificate) => (of.validToDate.getTime() - of.validFromDate.getTime()) / DAY_MS;
    expect(days(server)).toBeLessThanOrEqual(397);
    expect(days(ca)).toBe(3650);
    expect([ca.ca, server.ca]).toEqual([true, false]);
  });

  it('keeps private keys to their owner', async () => {
    await ensure();
    expect(await modeOf(dir)).toBe('700');
    expect(await modeOf(join(dir, 'ca.key'))).toBe('600');
    expect(await modeOf(join(dir, 'server.key'))).toBe('600');
  });

  it('stays as it is while it is good', async () => {
    await ensure();
    const before = await readFile(join(dir, 'server.crt'), 'utf8');
    await ensure();
    expect(await readFile(join(dir, 'server.crt'), 'utf8')).toBe(before);
  });

  it('is issued again for the same key when names are added', async () => {
    await ensure();
    const key = await readFile(join(dir, 'server.key'), 'utf8');
    await ensure({ names: ['new.example'] });
    expect((await certificate('server.crt')).checkHost('new.example')).toBe('new.example');
    expect(await readFile(join(dir, 'server.key'), 'utf8')).toBe(key);
  });

  it('is renewed when less than 30 days are left, under the same authority', async () => {
    await ensure({}, () => NOON);
    const ca = await readFile(join(dir, 'ca.crt'), 'utf8');
    const first = (await certificate('server.crt')).serialNumber;
    await ensure({}, () => NOON + 366 * DAY_MS);
    expect((await certificate('server.crt')).serialNumber).toBe(first);
    await ensure({}, () => NOON + 368 * DAY_MS);
    expect((await certificate('server.crt')).serialNumber).not.toBe(first);
    expect(await readFile(join(dir, 'ca.crt'), 'utf8')).toBe(ca);
  });

  it('never outlives its authority, and an expired authority is named', async () => {
    await ensure({}, () => NOON);
    await ensure({}, () => NOON + 3640 * DAY_MS);
    const server = await certificate('server.crt');
    expect(server.validTo).toBe((await certificate('ca.crt')).validTo);
    await expect(ensure({}, () => NOON + 3651 * DAY_MS)).rejects.toThrow('expired');
  });

  it('needs the key of the authority only to issue', async () => {
    await ensure();
    await unlink(join(dir, 'ca.key'));
    await ensure();
    await expect(ensure({ names: ['new.example'] })).rejects.toThrow('expected the key of the local authority');
  });

  it('is one and whole when many processes start at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => ensure()));
    const [ca, server] = [await certificate('ca.crt'), await certificate('server.crt')];
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.checkPrivateKey(createPrivateKey(await readFile(join(dir, 'server.key'), 'utf8')))).toBe(true);
    expect((await readdir(dir)).sort()).toEqual(['ca.crt', 'ca.key', 'server.crt', 'server.key']);
  });

  it('survives a start that was killed half way', async () => {
    await ensure();
    await Promise.all([unlink(join(dir, 'ca.crt')), unlink(join(dir, 'server.crt'))]);
    await ensure();
    expect((await certificate('server.crt')).verify((await certificate('ca.crt')).publicKey)).toBe(true);
  });
});

const STRICT_PYTHON = `
import ssl, socket, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT
for name in sys.argv[3:]:
    with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as raw:
        with context.wrap_socket(raw, server_hostname=name) as tls:
            print(tls.version())
`;

const findProgram = (names: readonly string[], args: readonly string[]): string | undefined =>
  names.find((name) => {
    try {
      execFileSync(name, args, { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });

describe('strict verifiers', () => {
  const python = findProgram(['python3.14', 'python3.13', 'python3'], ['-c', 'import ssl; ssl.VERIFY_X509_STRICT']);
  const openssl = findProgram(['openssl'], ['version']);

  it.skipIf(python === undefined)('python with VERIFY_X509_STRICT is content (skipped without python3)', async () => {
    const server = await startTestServer({ operations: [] });
    const names = ['localhost', '127.0.0.1', '::1', hostname()];
    const args = ['-c', STRICT_PYTHON, join(server.dir, 'tls', 'ca.crt'), String(server.port), ...names];
    const { stdout } = await run(python ?? '', args);
    expect(stdout.trim().split('\n')).toEqual(names.map(() => 'TLSv1.3'));
    await server.stop();
  });

  it.skipIf(openssl === undefined)('openssl verify -x509_strict is content (skipped without openssl)', async () => {
    const { caFile, certFile } = await ensure();
    const checks = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'localhost'];
    const { stdout } = await run('openssl', ['verify', '-CAfile', caFile, ...checks, certFile]);
    expect(stdout).toContain('OK');
  });

  it('node is content', async () => {
    const files = await ensure();
    const pems = { cert: await readFile(files.certFile), key: await readFile(files.keyFile) };
    const server = createServer(pems).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: await readFile(files.caFile) });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
  });
});

const write = async (name: string, text: string) => {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
};

const makePair = async (names = ['localhost'], at = Date.now()) => {
  const caKeyPem = generateKeyPem();
  const caCertPem = await issueCa({ keyPem: caKeyPem, label: 'test', at });
  const key = generateKeyPem();
  return { ca: caCertPem, key, cert: await issueServer({ keyPem: key, caCertPem, caKeyPem, names, at }) };
};

const silent = { info: () => {}, warn: () => {}, error: () => {} };

describe('a supplied certificate', () => {
  const open = (tls: Tls, now = Date.now) => openCertificates({ dir, config: config({ tls }), log: silent, now });

  it('is used instead of a local one', async () => {
    const pair = await makePair();
    const certificates = await open({ cert: await write('c.pem', pair.cert), key: await write('k.pem', pair.key) });
    expect(certificates.current()).toEqual({ cert: pair.cert, key: pair.key });
    expect(certificates.caFile).toBeUndefined();
    await certificates.stop();
    expect(await readdir(dir)).toEqual(['c.pem', 'k.pem']);
  });

  it('is refused with the reason when it cannot serve', async () => {
    const pair = await makePair();
    const cert = await write('c.pem', pair.cert);
    const key = await write('k.pem', pair.key);
    const other = await write('other.pem', generateKeyPem());
    const text = await write('text.pem', 'hello');
    await expect(open({ cert })).rejects.toThrow('server.tls.key: expected a PEM file because server.tls.cert is set');
    await expect(open({ key })).rejects.toThrow('server.tls.cert: expected a PEM file because server.tls.key is set');
    await expect(open({ cert, key: other })).rejects.toThrow(
      'server.tls.key: expected the private key of the certificate',
    );
    await expect(open({ cert: text, key })).rejects.toThrow('server.tls.cert: expected a PEM certificate');
    await expect(open({ cert, key: text })).rejects.toThrow('server.tls.key: expected an unencrypted PEM private key');
    await expect(open({ cert: join(dir, 'no.pem'), key })).rejects.toThrow(
      'server.tls.cert: expected a readable PEM file, got ENOENT',
    );
    await expect(open({ cert, key }, () => Date.now() + 400 * DAY_MS)).rejects.toThrow('expired on');
    await expect(open({ cert, key }, () => Date.now() - 2 * DAY_MS)).rejects.toThrow('check the clock');
  });
});

describe('a certificate of ours', () => {
  it('is renewed while running', async () => {
    let now = NOON;
    const certificates = await openCertificates({
      dir,
      config: config(),
      log: silent,
      now: () => now,
      pollMs: 5,
      renewMs: 5,
    });
    const first = certificates.current();
    let renewed: string | undefined;
    certificates.onChange(({ cert }) => {
      renewed = cert;
    });
    now += 370 * DAY_MS;
    await expect.poll(() => renewed).toBeDefined();
    expect(renewed).not.toBe(first.cert);
    expect(certificates.current()).toEqual({ cert: renewed, key: first.key });
    await certificates.stop();
  });
});

describe('certificate files that change', () => {
  const serialOf = async (port: number, ca: string): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };

  it('are served to new connections; open ones stay; a broken pair changes nothing', async () => {
    const first = await startTestServer({ operations: [] });
    const tls = join(first.dir, 'tls');
    const held = connect({ port: first.port, host: '127.0.0.1', servername: 'localhost', ca: first.ca });
    await once(held, 'secureConnect');
    const before = await serialOf(first.port, first.ca);

    await writeFile(join(tls, 'server.crt'), 'half a fi');
    await expect.poll(() => first.appLog.some(({ action }) => action === 'certificate.rejected')).toBe(true);
    expect(await serialOf(first.port, first.ca)).toBe(before);

    const next = await makePair();
    await writeFile(join(tls, 'next.key'), next.key);
    await copyFile(join(tls, 'next.key'), join(tls, 'server.key'));
    await writeFile(join(tls, 'server.crt'), next.cert);
    await expect.poll(() => serialOf(first.port, next.ca).catch(() => before), { timeout: 30_000 }).not.toBe(before);

    expect(held.destroyed).toBe(false);
    held.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const [answer] = await once(held, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 404/);
    held.destroy();
    await first.stop();
  });
});
