import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import type { ActionsReport } from '../alerting/actions/supervision.ts';
import { until } from './stream.ts';

export const RECORDER = fileURLToPath(new URL('fixtures/actions/recorder.ts', import.meta.url));
const DYING = fileURLToPath(new URL('fixtures/actions/dying.ts', import.meta.url));
const ENTRY = fileURLToPath(new URL('../alerting/actions/main.ts', import.meta.url));

/** A real actions process on a data folder, whose every alert goes to an action that writes down what it is asked for. */
export interface TestActions {
  readonly effects: string;
  readonly child: ChildProcess;
  readonly reports: readonly ActionsReport[];
  /** Resolves when the process has ended: with its exit code, or the signal. */
  readonly ended: Promise<number | string | null>;
  url(): Promise<string>;
  post(receiver: string, body: unknown, more?: Sent): Promise<{ readonly status: number; readonly text: string }>;
  get(path: string): Promise<{ readonly status: number; readonly body: unknown; readonly text: string }>;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
  stop(): Promise<number | string | null>;
}

/** How a webhook is sent. */
interface Sent {
  /** Default: the one of the process. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Options {
  readonly bounds?: object;
  /** Settings of the section `actions`. */
  readonly actions?: object;
  readonly others?: object;
  /** Where it kills itself, and at the how manieth time. */
  readonly death?: { readonly step: string; readonly times: number };
}

/** Alerts as Alertmanager sends them. */
export const alertOf = (name: string, more: object = {}) => ({
  ...{
    status: 'firing',
    labels: { alertname: name, severity: 'critical' },
    annotations: { summary: `${name} is there` },
  },
  ...{ startsAt: '2026-11-29T12:00:00.5Z', endsAt: '0001-01-01T00:00:00Z', generatorURL: '', fingerprint: `f-${name}` },
  ...more,
});

export const resolved = (name: string, more: object = {}) => alertOf(name, { status: 'resolved', ...more });

export const webhookOf = (alerts: readonly object[], more: object = {}) => ({
  ...{ version: '4', groupKey: '{}:{alertname="a"}', truncatedAlerts: 0, status: 'firing', receiver: 'any' },
  ...{ groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: 'http://am', alerts },
  ...more,
});

export const startTestActions = (
  dir: string,
  { bounds = {}, actions = {}, others = {}, death }: Options = {},
): TestActions => {
  const effects = join(dir, 'effects.jsonl');
  const config = join(dir, 'clawdbot.yaml');
  const policy = [{ receiver: 'record', action: RECORDER, bounds: { file: effects, ...bounds } }];
  const attempts = { minMs: 20, maxMs: 200 };
  writeFileSync(config, JSON.stringify({ actions: { port: 0, policy, attempts, tickMs: 200, ...actions }, ...others }));
  const [entry, args] =
    death === undefined
      ? [ENTRY, ['--data', dir, '--config', config]]
      : [DYING, [dir, config, death.step, String(death.times)]];
  const child = fork(entry, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const reports: ActionsReport[] = [];
  child.on('message', (message) => reports.push(message as ActionsReport)); // our own program at the other end
  const ended = new Promise<number | string | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  );
  const url = async (): Promise<string> => {
    const found = await until(
      () => reports.find((report) => report.type === 'listening' || report.type === 'fatal'),
      (report) => report !== undefined || child.exitCode !== null || child.signalCode !== null,
    );
    if (found?.type !== 'listening') throw new Error(`the actions do not listen: ${JSON.stringify(reports)}`);
    return found.url;
  };
  const get = async (path: string) => {
    const answer = await request(`${await url()}${path}`);
    const text = await answer.body.text();
    return { status: answer.statusCode, text, body: text.startsWith('{') ? JSON.parse(text) : undefined };
  };
  const ownToken = () => readFileSync(join(dir, 'actions', 'hook-token'), 'utf8').trim();
  return {
    ...{ effects, child, reports, ended, url, get },
    async post(receiver, body, { token = ownToken(), headers = {} } = {}) {
      const answer = await request(`${await url()}/hooks/${receiver}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    },
    async idle() {
      await until(
        async () => (await get('/health')).body as { readonly pending: number },
        ({ pending }) => pending === 0,
      );
    },
    stop() {
      if (child.exitCode === null && child.signalCode === null && child.connected)
        child.send({ type: 'stop', now: false });
      return ended;
    },
  };
};
