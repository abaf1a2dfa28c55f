import { type ChildProcess, fork } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { servePage } from '../../core/telemetry/page-server.ts';
import { createTelemetry } from '../../core/telemetry/telemetry.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';
import { startTestPrometheus } from '../prometheus.ts';
import { until } from '../stream.ts';

const ENTRY = fileURLToPath(new URL('../../elk/anomaly/main.ts', import.meta.url));
const prometheus = debianProgram('prometheus');

const cleanUps: (() => void | Promise<void>)[] = [];
beforeEach(({ skip }) => {
  if (prometheus === undefined) skip(missingProgram('prometheus'));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A service that answers sixty requests a second, scraped by a real Prometheus. */
const startService = async () => {
  const telemetry = createTelemetry({ serviceName: 'clawdbot', version: '0.0.0' });
  const abort = new AbortController();
  const page = await servePage({
    ...{ config: { host: '127.0.0.1', port: 0, tls: {}, tokenFile: undefined }, signal: abort.signal },
    ...{ expose: (format) => telemetry.expose(format), onTaken: () => undefined },
  });
  const world = { errors: 0 };
  const traffic = setInterval(() => {
    telemetry.counter('requests', { outcome: 'ok' }, 6 - world.errors);
    telemetry.counter('requests', { outcome: 'error' }, world.errors);
  }, 100);
  const scraped = await startTestPrometheus({
    program: prometheus ?? '',
    config: {
      global: { scrape_interval: '250ms', scrape_timeout: '200ms' },
      scrape_configs: [{ job_name: 'clawdbot', static_configs: [{ targets: [new URL(page.url).host] }] }],
    },
  });
  cleanUps.push(async () => {
    clearInterval(traffic);
    await scraped.stop();
    await page.close();
    await telemetry.stop();
  });
  return { world, url: scraped.url };
};

/** The real process, its intervals as short as they may be. */
const startDetector = (prometheusUrl: string, data: string) => {
  const file = join(data, 'clawdbot.yaml');
  writeFileSync(file, stringify({ anomaly: { port: 0, prometheusUrl, shortMs: 1000, longMs: 2000, warmUp: 5 } }));
  const child: ChildProcess = fork(ENTRY, ['--data', data, '--config', file], { silent: true });
  let url = '';
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  // Safe: our own program at the other end.
  child.on('message', (message: { type: string; url?: string }) => (url = message.url ?? url));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const stop = async (): Promise<number | null> => {
    if (child.connected) child.send({ type: 'stop', now: false });
    return exit;
  };
  cleanUps.push(async () => void (await stop()));
  const documents = (): {
    clawdbot: { anomaly: Record<string, unknown> };
    message: string;
    event: { action: string };
  }[] => {
    const path = join(data, 'logs', 'anomaly', 'anomaly.json');
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  };
  const page = async (): Promise<string> => (url === '' ? '' : await (await fetch(url)).text());
  return { documents, page, stop, output: () => output };
};

const newFolder = (): string => {
  const data = mkdtempSync(join(tmpdir(), 'clawdbot-anomaly-'));
  cleanUps.push(() => rmSync(data, { recursive: true, force: true }));
  mkdirSync(join(data, 'logs'));
  return data;
};

it('raises a burst of errors with its example lines, ends it, and goes on where it was after a restart', async () => {
  const { world, url } = await startService();
  const data = newFolder();
  const first = startDetector(url, data);
  await until(first.page, (page) => page.includes('clawdbot_anomaly_score{signal="errors",window="short"} 0'));
  await until(first.page, (page) => /clawdbot_anomaly_source_up\{source="prometheus"\} 1/.test(page));
  const log = (message: string) =>
    appendFileSync(
      join(data, 'logs', 'app.json'),
      `${JSON.stringify({ 'log.level': 'error', 'event.action': 'request.failed', message, service: { name: 'clawdbot' } })}\n`,
    );
  // As many intervals as must be known: they are counted by the detector, so that a slow machine only takes longer.
  await until(first.page, (page) => /clawdbot_anomaly_series\{state="learning"\} [1-9]/.test(page));
  const known = Date.now() + 10_000;
  await until(Date.now, (now) => now > known);
  expect(first.documents()).toEqual([]);
  world.errors = 4;
  const flood = setInterval(() => log('the engine gave up after 7 tokens'), 200);
  cleanUps.push(() => clearInterval(flood));
  const raised = await until(
    () => first.documents().find(({ clawdbot: { anomaly } }) => anomaly.metric === 'errors'),
    (found) => found !== undefined,
  );
  expect(raised?.event.action).toBe('anomaly.raised');
  expect(raised?.clawdbot.anomaly).toMatchObject({ state: 'raised', direction: 'high' });
  expect(raised?.clawdbot.anomaly.expected).toBeLessThan(0.05);
  expect(raised?.clawdbot.anomaly.actual).toBeGreaterThan(0.3);
  expect(raised?.clawdbot.anomaly.examples).toContain('the engine gave up after 7 tokens');
  expect(await first.page()).toMatch(/clawdbot_anomaly_raised\{signal="errors"\} [12]/);
  world.errors = 0;
  clearInterval(flood);
  await until(first.page, (page) => page.includes('clawdbot_anomaly_raised{signal="errors"} 0'));
  expect(await first.stop()).toBe(0);
  const second = startDetector(url, data);
  // Nothing is learnt anew: what is known is judged at once.
  await until(second.page, (page) => /clawdbot_anomaly_score\{signal="errors",window="short"\}/.test(page));
  expect(second.documents().filter(({ event }) => event.action === 'anomaly.raised').length).toBe(
    first.documents().filter(({ event }) => event.action === 'anomaly.raised').length,
  );
  expect(first.output() + second.output()).not.toContain('Error');
});
