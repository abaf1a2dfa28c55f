import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
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

/** `clawdbot up` with a Prometheus on a free port. */
const startUp = (settings: Record<string, unknown> = {}, env: NodeJS.ProcessEnv = {}) => {
  const data = mkdtempSync(join(tmpdir(), 'clawdbot-box-'));
  const file = join(data, 'clawdbot.yaml');
  const own = { server: { port: 0 }, collectors: { port: 0 }, models: [scriptedModel()] };
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
    child.kill('SIGKILL');
    await exit;
    await until(
      () => runOf(data),
      (run) => run === undefined || !isAlive(run.pid),
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

const runOf = (data: string): { readonly pid: number; readonly url: string } | undefined => {
  const file = join(data, 'run', 'prometheus.json');
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

const JOBS = ['clawdbot', 'clawdbot-collectors', 'prometheus'];
const scrapesAll = (data: string) =>
  until(
    async () => (await query(data, 'up == 1')).map(({ metric }) => metric.job).toSorted(),
    (jobs) => jobs.length === JOBS.length,
  );

describe('the Prometheus of clawdbot up', () => {
  beforeEach(({ skip }) => {
    if (prometheus === undefined || promtool === undefined) skip(missingProgram('prometheus'));
  });

  it('scrapes gateway, collectors and itself, with files that promtool finds no fault in', async () => {
    const up = startUp();
    await up.said('prometheus: metrics every 1 s, kept 15 days, on http://127.0.0.1:');
    expect(await scrapesAll(up.data)).toEqual(JOBS);
    const folder = join(up.data, 'prometheus');
    expect(statSync(join(folder, 'token')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const checked = execFileSync(promtool ?? '', ['check', 'config', join(folder, 'prometheus.yml')]);
    expect(String(checked)).toContain('SUCCESS');
    const rules = await fetch(`${runOf(up.data)?.url}/api/v1/rules`);
    const { groups } = ((await rules.json()) as { data: { groups: { name: string }[] } }).data;
    const names = ['exporters.ascend', 'exporters.dcgm', 'telemetry'];
    expect(groups.map(({ name }) => name).toSorted()).toEqual(names);
    expect(await numberOf(up.data, 'clawdbot_scrape_token_expiry_seconds - clawdbot_scrape_token_issued_seconds')).toBe(
      43_200,
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
    const lives = new Set<number>();
    const first = await numberOf(up.data, 'clawdbot_scrape_token_expiry_seconds');
    // A token made when the first one had ended, and one made when that one had.
    await until(
      async () => {
        lives.add(await numberOf(up.data, 'clawdbot_scrape_token_issued_seconds'));
        return Math.max(...[...lives].filter(Number.isFinite));
      },
      (issued) => issued >= first + 8,
    );
    expect(await numberOf(up.data, 'min_over_time(up{job="clawdbot"}[1h])')).toBe(1);
    // The same scrape with a token that has ended is refused, so the renewals are what kept it up.
    const token = readFileSync(join(up.data, 'prometheus', 'token'), 'utf8');
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

  it('starts again when it dies, and scrapes a gateway that came back on another port', async () => {
    const up = startUp();
    await scrapesAll(up.data);
    const before = runOf(up.data);
    process.kill(before?.pid ?? 0, 'SIGKILL');
    await up.said('prometheus: ended by signal SIGKILL');
    await until(
      () => runOf(up.data)?.pid,
      (pid) => pid !== undefined && pid !== before?.pid,
    );
    await scrapesAll(up.data);
    const gateway = JSON.parse(readFileSync(join(up.data, 'run', 'gateway.json'), 'utf8'));
    process.kill(gateway.pid, 'SIGKILL');
    await until(
      () => readFileSync(join(up.data, 'run', 'gateway.json'), 'utf8'),
      (text) => JSON.parse(text).pid !== gateway.pid,
    );
    const { url } = JSON.parse(readFileSync(join(up.data, 'run', 'gateway.json'), 'utf8'));
    const target = `up{job="clawdbot",instance="${new URL(url).host}"}`;
    await until(
      () => numberOf(up.data, target),
      (value) => value === 1,
    );
  });

  it('does not outlive a supervisor that is killed', async () => {
    const up = startUp();
    await scrapesAll(up.data);
    const { pid = 0 } = runOf(up.data) ?? {};
    up.child.kill('SIGKILL');
    await up.exit;
    await until(
      () => isAlive(pid),
      (alive) => !alive,
    );
  });
});

describe('clawdbot up without a Prometheus', () => {
  const nowhere = () => {
    const empty = mkdtempSync(join(tmpdir(), 'clawdbot-empty-'));
    cleanUps.push(() => rmSync(empty, { recursive: true, force: true }));
    return { PATH: empty, XDG_CACHE_HOME: empty };
  };

  it('says in one line how to get one, and serves', async () => {
    const up = startUp({}, nowhere());
    await up.said('Ready:');
    await up.said('apt-get install prometheus');
    expect(
      up
        .read()
        .split('\n')
        .filter((line) => line.includes('prometheus:')),
    ).toHaveLength(1);
    expect(existsSync(join(up.data, 'prometheus'))).toBe(false);
  });

  it('says nothing where none is wanted', async () => {
    const up = startUp({ prometheus: { enabled: false } });
    await up.said('Ready:');
    up.child.kill('SIGTERM');
    expect(await up.exit).toBe(0);
    expect(up.read()).not.toContain('prometheus');
  });
});
