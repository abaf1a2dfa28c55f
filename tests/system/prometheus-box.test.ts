import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { GROUPS } from '../../alerting/rules/table.ts';
import { loadConfig } from '../../core/config/load.ts';
import { ensureLocalCertificate } from '../../services/inference/http/local-certificate.ts';
import { createClientAuthority } from '../client-certificates.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';
import { scriptedModel } from '../gateway.ts';
import { until } from '../stream.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const prometheus = debianProgram('prometheus');
const promtool = debianProgram('promtool');

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'clawdbot-box-'));

/** `clawdbot up` with a Prometheus on a free port. */
const startUp = (
  settings: Record<string, unknown> = {},
  { env = {}, data = newFolder() }: { readonly env?: NodeJS.ProcessEnv; readonly data?: string } = {},
) => {
  const file = join(data, 'clawdbot.yaml');
  const own = {
    server: { port: 0 },
    collectors: { port: 0 },
    actions: { port: 0 },
    alertmanager: { enabled: false },
    models: [scriptedModel()],
  };
  const { prometheus: wanted, ...others } = settings;
  writeFileSync(
    file,
    stringify({ ...own, ...others, prometheus: { port: 0, intervalMs: 1000, ...(wanted as object | undefined) } }),
  );
  const child = spawn(process.execPath, [CLI, 'up', '--data', data, '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  cleanUps.push(async () => {
    const ids = ['gateway', 'prometheus'].flatMap((name) => runOf(data, name)?.pid ?? []);
    child.kill();
    await exit;
    // What writes into the folder must have ended before it goes.
    await until(
      () => ids.filter(isAlive),
      (alive) => alive.length === 0,
    );
    rmSync(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  return {
    ...{ data, file, child, exit },
    read: () => output,
    said: (text: string) =>
      until(
        () => output,
        (all) => all.includes(text),
      ),
  };
};

const runOf = (data: string, name = 'prometheus'): { readonly pid: number; readonly url: string } | undefined => {
  const file = join(data, 'run', `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
};
const isAlive = (pid: number): boolean => {
  const table = execFileSync('ps', ['-eo', 'pid=,stat='], { encoding: 'utf8' });
  return new RegExp(`^\\s*${pid}\\s+[^Z]`, 'm').test(table);
};

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** What an expression gives now; empty while nobody answers. */
const query = async (data: string, expression: string): Promise<readonly Series[]> => {
  const url = `${runOf(data)?.url}/api/v1/query?query=${encodeURIComponent(expression)}`;
  const answer = await fetch(url).catch(() => undefined);
  // Safe: the answer of Prometheus to an instant query of a vector.
  return answer?.ok === true ? ((await answer.json()) as { data: { result: Series[] } }).data.result : [];
};
const numberOf = async (data: string, expression: string): Promise<number> =>
  Number((await query(data, expression))[0]?.value[1]);

/** The pages of the processes that have one; an engine is told of by its gateway. */
const pagesOf = (data: string, output: string): string[] => {
  const curl = (...args: string[]) => execFileSync('curl', ['-sSf', ...args], { encoding: 'utf8' });
  const { url } = JSON.parse(readFileSync(join(data, 'run', 'gateway.json'), 'utf8'));
  const header = join(data, 'run', 'metrics.header');
  const [, collectors = ''] = /metrics of this machine on (\S+)/.exec(output) ?? [];
  return [curl('--cacert', join(data, 'tls', 'ca.crt'), '-H', `@${header}`, `${url}/api/v1/metrics`), curl(collectors)];
};

/** What a token says of itself. */
const claimsOf = (token: string): { readonly iat: number; readonly exp: number } =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

const JOBS = ['clawdbot', 'clawdbot-collectors', 'prometheus'];
const scrapesAll = (data: string) =>
  until(
    async () => (await query(data, 'up == 1')).map(({ metric }) => metric.job).toSorted(),
    // Others may be there too, such as an Alertmanager of this machine.
    (jobs) => JOBS.every((job) => jobs.includes(job)),
  );

/** Both die; it starts again, and scrapes a gateway that came back on another port. */
const comesBack = async (data: string, said: (text: string) => Promise<unknown>): Promise<void> => {
  const before = runOf(data);
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await said('prometheus: ended by signal SIGKILL');
  await until(
    () => runOf(data)?.pid,
    (pid) => pid !== undefined && pid !== before?.pid,
  );
  await scrapesAll(data);
  const gateway = runOf(data, 'gateway');
  process.kill(gateway?.pid ?? 0, 'SIGKILL');
  const after = await until(
    () => runOf(data, 'gateway'),
    (run) => run !== undefined && run.pid !== gateway?.pid,
  );
  const target = `up{job="clawdbot",instance="${new URL(after?.url ?? '').host}"}`;
  await until(
    () => numberOf(data, target),
    (value) => value === 1,
  );
};

describe('the Prometheus of clawdbot up', () => {
  beforeEach(({ skip }) => {
    if (prometheus === undefined || promtool === undefined) skip(missingProgram('prometheus'));
  });

  it('scrapes gateway, collectors and itself, with files that promtool finds no fault in, also after it or the gateway died', async () => {
    const up = startUp();
    await up.said('prometheus: metrics every 1 s, kept 15 days, on http://127.0.0.1:');
    expect(await scrapesAll(up.data)).toEqual(expect.arrayContaining(JOBS));
    const folder = join(up.data, 'prometheus');
    expect(statSync(join(folder, 'token')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const checked = execFileSync(promtool ?? '', ['check', 'config', join(folder, 'prometheus.yml')]);
    expect(String(checked)).toContain('SUCCESS');
    for (const page of pagesOf(up.data, up.read())) {
      const { status, stdout, stderr } = spawnSync(promtool ?? '', ['check', 'metrics'], {
        ...{ input: page, encoding: 'utf8' },
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    }
    const rules = await fetch(`${runOf(up.data)?.url}/api/v1/rules`);
    const { groups } = ((await rules.json()) as { data: { groups: { name: string }[] } }).data;
    const names = [
      ...GROUPS.map((group) => `clawdbot.${group.name}`),
      'exporters.ascend',
      'exporters.dcgm',
      'exporters.intel',
    ].toSorted();
    expect(groups.map(({ name }) => name).toSorted()).toEqual(names);
    const life = 'clawdbot_scrape_token_expiry_seconds - clawdbot_scrape_token_issued_seconds';
    await until(
      () => numberOf(up.data, life),
      (seconds) => seconds === 43_200,
    );
    const log = readFileSync(join(up.data, 'logs', 'prometheus', 'app.json'), 'utf8')
      .trim()
      .split('\n');
    const lines = log.map((line) => JSON.parse(line));
    expect(lines.map(({ message }) => message)).toContain('Server is ready to receive web requests.');
    expect(new Set(lines.map((line) => line['service.name'] ?? line.service?.name))).toEqual(
      new Set(['clawdbot-prometheus']),
    );
    const status = execFileSync(process.execPath, [CLI, 'status', '--data', up.data], { encoding: 'utf8' });
    expect(status).toMatch(/^ {2}prometheus +ready +url=http:\/\/127\.0\.0\.1:/m);
    await until(
      () => execFileSync(process.execPath, [CLI, 'status', '--data', up.data], { encoding: 'utf8' }),
      (said) => /^ {2}collectors +running +url=http/m.test(said) && /^ {2}anomaly +running +url=http/m.test(said),
    );
    await comesBack(up.data, up.said);
    await until(
      () => up.read().split('model scripted: ready').length,
      (times) => times === 3,
    );
    const { pid = 0 } = runOf(up.data) ?? {};
    up.child.kill('SIGTERM');
    expect(await up.exit).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(join(up.data, 'run'))).toEqual([]);
    expect(existsSync(join(folder, 'token'))).toBe(false);
    expect(readFileSync(join(up.data, 'logs', 'prometheus', 'app.json'), 'utf8')).toContain('See you next time!');
  });

  it('is never refused while its token is renewed over several of its lives', async () => {
    const up = startUp({ auth: { jwt: { clockSkewSeconds: 0 } }, prometheus: { tokenSeconds: 4 } });
    await scrapesAll(up.data);
    const readToken = () => readFileSync(join(up.data, 'prometheus', 'token'), 'utf8');
    const token = readToken();
    const first = claimsOf(token);
    // A token made when the first one had ended, and one made when that one had.
    await until(
      () => claimsOf(readToken()).iat,
      (issued) => issued >= first.exp + 4,
    );
    expect(await numberOf(up.data, 'min_over_time(up{job="clawdbot"}[1h])')).toBe(1);
    // The same scrape with a token that has ended is refused, so the renewals are what kept it up.
    const { url } = JSON.parse(readFileSync(join(up.data, 'run', 'gateway.json'), 'utf8'));
    const ca = join(up.data, 'tls', 'ca.crt');
    const scrape = () =>
      execFileSync(
        'curl',
        ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', ca, '-K', '-', `${url}/api/v1/metrics`],
        {
          ...{ input: `header = "authorization: Bearer ${token}"\n`, encoding: 'utf8' },
        },
      );
    await until(scrape, (code) => code === '401');
  });

  it('scrapes with the certificate and the token of the operator, once its port is free, and ends with its supervisor', async () => {
    const data = newFolder();
    const { config } = loadConfig({ env: {} });
    const { certFile, keyFile } = await ensureLocalCertificate({
      dir: join(data, 'own'),
      now: Date.now,
      config: config.server,
    });
    const tokenFile = join(data, 'own', 'token');
    const minted = execFileSync(process.execPath, [CLI, 'token', 'mint', '--data', data, '--scope', 'metrics']);
    writeFileSync(tokenFile, minted, { mode: 0o600 });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo; // of a server that listens on a port
    cleanUps.push(() => void other.close());
    const server = { port: 0, tls: { cert: certFile, key: keyFile } };
    const up = startUp({ server, prometheus: { port, tokenFile } }, { data });
    await up.said(`prometheus: port ${port} belongs to another program; waiting for it (prometheus.port sets another)`);
    await up.said('Ready:');
    await new Promise((resolve) => other.close(resolve));
    expect(await scrapesAll(data)).toEqual(expect.arrayContaining(JOBS));
    expect(runOf(data)?.url).toBe(`http://127.0.0.1:${port}`);
    expect(existsSync(join(data, 'prometheus', 'token'))).toBe(false);
    const ids = ['gateway', 'prometheus'].map((name) => runOf(data, name)?.pid ?? 0);
    up.child.kill('SIGKILL');
    await up.exit;
    await until(
      () => ids.filter(isAlive),
      (alive) => alive.length === 0,
    );
  });

  it('says in a line each what keeps it from measuring, while the service goes on', async () => {
    const data = newFolder();
    mkdirSync(join(data, 'prometheus'), { mode: 0o700 });
    // Where it would keep its samples.
    writeFileSync(join(data, 'prometheus', 'tsdb'), '');
    const clientCa = join(data, 'clients.crt');
    writeFileSync(clientCa, (await createClientAuthority('clients')).caPem);
    const tokenFile = join(data, 'none');
    const up = startUp({ server: { port: 0, tls: { clientCa } }, prometheus: { tokenFile } }, { data });
    await up.said('prometheus: server.tls.clientAuth is `required`, and it has no certificate');
    await up.said(
      'prometheus: prometheus.tokenFile: expected a file with a token or API key, got one that cannot be read (ENOENT)',
    );
    await up.said('prometheus: ended by exit code');
    await up.said('Ready:');
    expect(up.read()).toMatch(/prometheus: ended by exit code \d+ \((panic|open .*tsdb)/);
  });
});

describe('clawdbot up without a Prometheus', () => {
  const nowhere = () => {
    const empty = mkdtempSync(join(tmpdir(), 'clawdbot-empty-'));
    cleanUps.push(() => rmSync(empty, { recursive: true, force: true }));
    return { PATH: empty, XDG_CACHE_HOME: empty };
  };

  it('says in one line how to get one, and serves', async () => {
    const up = startUp({ alertmanager: {} }, { env: nowhere() });
    await up.said('Ready:');
    await up.said('`apt-get install prometheus` brings it');
    await up.said('nobody is told of alerts; `apt-get install prometheus-alertmanager` brings it');
    expect(
      up
        .read()
        .split('\n')
        .filter((line) => line.includes('prometheus:')),
    ).toHaveLength(1);
    for (const folder of ['prometheus', 'alertmanager']) expect(existsSync(join(up.data, folder))).toBe(false);
  });

  it('says nothing where none is wanted', async () => {
    const up = startUp({ prometheus: { enabled: false } });
    await up.said('Ready:');
    up.child.kill('SIGTERM');
    expect(await up.exit).toBe(0);
    expect(up.read()).not.toContain('prometheus');
  });
});
