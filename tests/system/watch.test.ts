import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { configSchema } from '../../core/config/schema.ts';
import { ensureLocalCertificate, type LocalCertificate } from '../../services/inference/http/local-certificate.ts';
import { freePort } from '../free-port.ts';
import { type MailServer, startMailServer } from '../mail/server.ts';
import { stage } from '../notifiers/line-up.ts';
import { until } from '../stream.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'clawdbot-watch-'));

let certificate: LocalCertificate;
let mails: MailServer;
beforeAll(async () => {
  const { server } = configSchema.parse({});
  certificate = await ensureLocalCertificate({ dir: join(dir, 'tls'), now: Date.now, config: server });
  mails = await startMailServer();
});
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
afterAll(async () => {
  await mails.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A service that says whether it is ready, on a port of its own. */
const startService = async (port: number, status = 200) => {
  const { certFile, keyFile } = certificate;
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
    response.writeHead(request.url === '/api/v1/health/ready' ? status : 404).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  cleanUps.push(stop);
  return { stop, port: (server.address() as AddressInfo).port }; // of a server that listens on a port
};

const QUICK = ['--every', '1s', '--failures', '2', '--over', '1s', '--successes', '2'];

const startWatch = (port: number, args: readonly string[] = [], actions: object = {}) => {
  const data = mkdtempSync(join(dir, 'data-'));
  const config = join(data, 'clawdbot.yaml');
  writeFileSync(
    config,
    stringify({ actions, email: { to: ['ops@example.org'], smarthost: mails.smarthost, requireTls: false } }),
  );
  const target = ['--target', `https://127.0.0.1:${port}`, '--ca', certificate.caFile];
  const child = spawn(process.execPath, [
    CLI,
    'watch',
    ...target,
    '--config',
    config,
    '--data',
    data,
    ...QUICK,
    ...args,
  ]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const stop = () => {
    child.kill();
    return exit;
  };
  cleanUps.push(stop);
  const said = (text: string) =>
    until(
      () => output,
      (all) => all.includes(text),
    );
  return { said, stop };
};

const subjectsFrom = (index: number, count: number) =>
  until(
    () => mails.messages.slice(index).map(({ subject }) => subject),
    (subjects) => subjects.length >= count,
  );

describe('clawdbot watch', () => {
  it('tells by mail that a service died, once, and that it is back, over TLS that the CA vouches for', async () => {
    const before = mails.messages.length;
    const service = await startService(0);
    const watch = startWatch(service.port);
    await watch.said('watching https://127.0.0.1:');
    await service.stop();
    const host = `127.0.0.1:${service.port}`;
    expect(await subjectsFrom(before, 1)).toEqual([`[Critical] Clawdbot at ${host} is down`]);
    expect(mails.messages.at(-1)?.text).toContain('ECONNREFUSED');
    await startService(service.port);
    expect(await subjectsFrom(before, 2)).toEqual([
      `[Critical] Clawdbot at ${host} is down`,
      `[Resolved] Clawdbot at ${host} is back`,
    ]);
    expect(await watch.stop()).toBe(0);
  });

  it('tells by SMS where a notifier is configured, and by mail where that does not work', async () => {
    const before = mails.messages.length;
    const { provider, config } = await stage('http', { folder: dir });
    cleanUps.push(() => provider.close());
    const service = await startService(0);
    const watch = startWatch(service.port, [], { notifiers: [config], messages: { timeoutMs: 60_000 } });
    await watch.said('watching https://127.0.0.1:');
    await service.stop();
    const taken = () => provider.taken.map(({ text }) => text);
    const [sms] = await until(taken, (texts) => texts.length > 0);
    expect(sms).toContain(`Clawdbot at 127.0.0.1:${service.port} is down`);
    provider.failAlways('unavailable');
    await startService(service.port);
    expect((await subjectsFrom(before, 1))[0]).toContain('is back');
    expect(taken()).toHaveLength(1);
  });

  it('also misses the calls that the actions service makes while all is well', async () => {
    const before = mails.messages.length;
    const service = await startService(0);
    const port = await freePort();
    const secret = join(dir, 'secret');
    writeFileSync(secret, 'a-long-word\n');
    const args = ['--heartbeat', `127.0.0.1:${port}`, '--heartbeat-secret', secret, '--silence', '1s'];
    const watch = startWatch(service.port, args);
    await watch.said('expecting signs of life');
    const host = `127.0.0.1:${service.port}`;
    expect(await subjectsFrom(before, 1)).toEqual([`[Critical] The alerting of ${host} is down`]);
    const calls = setInterval(() => {
      void fetch(`http://127.0.0.1:${port}/a-long-word`, { method: 'POST' }).catch(() => undefined);
    }, 100);
    cleanUps.push(() => clearInterval(calls));
    expect((await subjectsFrom(before, 2))[1]).toBe(`[Resolved] The alerting of ${host} is back`);
  });

  it('probes once on request, with an exit code', async () => {
    const once = async (port: number, ...args: string[]) => {
      const { exitCode, stdout } = await execa(
        process.execPath,
        [CLI, 'watch', '--once', '--target', `https://127.0.0.1:${port}`, ...args],
        { reject: false, stdin: 'ignore' },
      );
      return [exitCode, stdout.slice(stdout.indexOf('127'))];
    };
    const ca = ['--ca', certificate.caFile];
    const well = await startService(0);
    expect(await once(well.port, ...ca)).toEqual([0, `127.0.0.1:${well.port}: ready`]);
    expect((await once(well.port))[0]).toBe(1);
    const ill = await startService(0, 503);
    expect(await once(ill.port, ...ca)).toEqual([1, `127.0.0.1:${ill.port}: it answers, but is not ready (503)`]);
  });

  it('does not begin without anybody to tell', async () => {
    const config = join(dir, 'nobody.yaml');
    writeFileSync(config, '{}\n');
    const { exitCode, stderr } = await execa(
      process.execPath,
      [CLI, 'watch', '--target', 'https://127.0.0.1:9', '--data', join(dir, 'none'), '--config', config],
      { reject: false, stdin: 'ignore' },
    );
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining('nobody can be told')]);
  });
});
