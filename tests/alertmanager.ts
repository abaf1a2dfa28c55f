import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mailOf } from '../alerting/alertmanager/mail/mail.ts';
import { renderMailTemplates } from '../alerting/alertmanager/mail/template.ts';
import { type ActionsAddress, renderAlertmanager } from '../alerting/alertmanager/render.ts';
import { INHIBITIONS } from '../alerting/rules/table.ts';
import { alertmanagerArguments, configFile, templateFile } from '../cli/alertmanager/arguments.ts';
import { dependent } from '../cli/setup/child.mjs';
import { configSchema } from '../core/config/schema.ts';
import { freePort } from './free-port.ts';
import { whenReady } from './ready-program.ts';

/** Everything at once: for tests, which wait for what happens, not for time. */
const PACE = { groupWaitMs: 0, groupIntervalMs: 200, repeatIntervalMs: 3_600_000 };
export const FAST_PACES = {
  ...{ email: PACE, temperature: PACE, autoscale: PACE, circuitBreak: PACE, sms: PACE, heartbeatMs: 1000 },
};

/** The files of an Alertmanager as `clawdbot up` writes them; answers the folder. */
export const writeAlertmanagerFiles = (
  dir: string,
  settings: object,
  actions: ActionsAddress | null = { url: 'http://127.0.0.1:9' },
): string => {
  const { alertmanager, email } = configSchema.parse(settings);
  mkdirSync(dir, { recursive: true });
  const hookTokenFile = join(dir, 'hook-token');
  writeFileSync(hookTokenFile, HOOK_TOKEN);
  for (const name of ['default', 'email']) writeFileSync(join(dir, `${name}.tmpl`), '');
  writeFileSync(templateFile(dir), renderMailTemplates(email.language));
  const options = {
    alertmanager,
    mail: mailOf(email),
    actions: actions ?? undefined,
    hookTokenFile,
    symptoms: INHIBITIONS,
  };
  writeFileSync(configFile(dir), renderAlertmanager({ ...options, templateFile: templateFile(dir) }));
  return dir;
};

export const HOOK_TOKEN = 'a-token-of-the-hooks';

export interface TestAlertmanager {
  readonly url: string;
  readonly dir: string;
  post(alerts: readonly TestAlert[]): Promise<void>;
  /** Everything it logged. */
  log(): string;
  /** Its page of metrics. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

export interface TestAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

/** A real Alertmanager with our files, a folder and a port of its own, when it is ready. */
export const startTestAlertmanager = async (
  program: string,
  settings: object,
  actionsUrl?: string,
): Promise<TestAlertmanager> => {
  const root = mkdtempSync(join(tmpdir(), 'alertmanager-'));
  const dir = writeAlertmanagerFiles(
    join(root, 'am'),
    settings,
    actionsUrl === undefined ? undefined : { url: actionsUrl },
  );
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const words = alertmanagerArguments(configSchema.parse(settings), dir, address);
  const child = spawn(...dependent(program, words), {
    ...{ cwd: dir, stdio: ['ignore', 'ignore', 'pipe'], env: { TZ: 'UTC' } },
  });
  const { stop, log } = await whenReady(child, { name: 'alertmanager', url, dir: root });
  return {
    ...{ url, dir, stop, log },
    async post(alerts) {
      const body = JSON.stringify(alerts);
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    },
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
  };
};

/** What a webhook brought. */
export interface Hook {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly bytes: number;
  readonly body: {
    readonly status: string;
    readonly receiver: string;
    readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
  };
}

/** Takes webhooks in place of the actions service. */
export const startHookServer = async () => {
  const hooks: Hook[] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += String(chunk);
    });
    request.on('end', () => {
      const { url: path = '', headers } = request;
      hooks.push({
        path,
        authorization: headers.authorization,
        bytes: Buffer.byteLength(text),
        body: JSON.parse(text),
      });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // of a server that listens on a port
  return {
    ...{ url: `http://127.0.0.1:${port}`, hooks },
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
