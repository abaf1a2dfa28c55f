import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { WORDS } from '../../../alerting/alertmanager/mail/words.ts';
import { INHIBITIONS } from '../../../alerting/rules/table.ts';
import { configFile } from '../../../cli/alertmanager/arguments.ts';
import { writeAlertmanagerFiles } from '../../alertmanager.ts';
import { debianProgram, missingProgram } from '../../debian/programs.ts';

const RULES = fileURLToPath(new URL('../../../alerting/rules/', import.meta.url));
const amtool = debianProgram('amtool');

const root = mkdtempSync(join(tmpdir(), 'clawdbot-amtool-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
const render = (settings: object): string => {
  count += 1;
  return configFile(writeAlertmanagerFiles(join(root, String(count)), settings));
};

const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(amtool ?? '', args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}`, line: stdout.trim() };
};

const EMAIL = { to: ['ops@example.org', 'night@example.org'], smarthost: 'mail.example.org:587' };
const SETTINGS = {
  'the defaults': {},
  'e-mail': { email: EMAIL },
  'e-mail with a log-in, an authority and Chinese words': {
    email: { ...EMAIL, from: 'a@b.c', username: 'u', passwordFile: '/run/password', ca: '/run/ca.crt', language: 'zh' },
  },
  'e-mail without TLS': { email: { ...EMAIL, requireTls: false, smarthost: '[::1]:25' } },
  'mute times': {
    email: EMAIL,
    alertmanager: {
      muteTimes: [
        { name: 'nights', from: '22:00', to: '07:30', location: 'Asia/Shanghai', severities: ['warning', 'error'] },
        { name: 'weekends', weekdays: ['saturday', 'sunday'], location: 'UTC' },
        { name: 'all/of:it', from: '00:00', to: '00:00' },
      ],
    },
  },
  'short times': {
    alertmanager: { heartbeatMs: 1000, email: { groupWaitMs: 0, groupIntervalMs: 100, repeatIntervalMs: 100 } },
  },
};

describe('alertmanager.yml', () => {
  it.for(Object.entries(SETTINGS))('is valid with %s', ([, settings], { skip }) => {
    if (amtool === undefined) return skip(missingProgram('amtool'));
    expect(run('check-config', render(settings))).toMatchObject({ status: 0 });
  });

  it.for([
    [
      'TLS to the actions service',
      { url: 'https://127.0.0.1:9900', tls: { ca_file: '/run/ca.crt', min_version: 'TLS13' } },
    ],
    ['no actions service', null],
  ] as const)('is valid with %s', ([name, actions], { skip }) => {
    if (amtool === undefined) return skip(missingProgram('amtool'));
    const file = configFile(writeAlertmanagerFiles(join(root, name), {}, actions));
    expect(run('check-config', file)).toMatchObject({ status: 0 });
    expect(readFileSync(file, 'utf8').includes('webhook_configs')).toBe(actions !== null);
  });

  it('splits a mute time at midnight, and moves the morning to the day after', () => {
    const muteTimes = [{ name: 'n', weekdays: ['friday', 'sunday'], from: '22:00', to: '06:00' }];
    const { time_intervals } = parse(readFileSync(render({ alertmanager: { muteTimes } }), 'utf8'));
    expect(time_intervals).toEqual([
      {
        name: 'n',
        time_intervals: [
          {
            ...{ weekdays: ['friday', 'sunday'], location: 'Local' },
            times: [{ start_time: '22:00', end_time: '24:00' }],
          },
          {
            ...{ weekdays: ['saturday', 'monday'], location: 'Local' },
            times: [{ start_time: '00:00', end_time: '06:00' }],
          },
        ],
      },
    ]);
  });

  it('holds no secret, only the names of files that do', () => {
    const text = readFileSync(render(SETTINGS['e-mail with a log-in, an authority and Chinese words']), 'utf8');
    expect(text).toContain('smtp_auth_password_file: /run/password');
    expect(text).not.toMatch(/smtp_auth_password:|credentials:|bearer_token/);
  });
});

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert?: string; readonly labels?: Readonly<Record<string, string>> }[];
  }[];
}

/** Every alert of the rule files, with the labels that they give it. */
const ALERTS = readdirSync(RULES)
  .filter((file) => file.endsWith('.yml'))
  .flatMap((file) => (parse(readFileSync(join(RULES, file), 'utf8')) as Rules).groups)
  .flatMap(({ rules }) => rules)
  .flatMap(({ alert, labels = {} }) => (alert === undefined ? [] : [{ alertname: alert, ...labels }]));

/** Who is told, by severity and action: both decide. */
const TOLD: Readonly<Record<string, string>> = {
  'none heartbeat': 'heartbeat',
  'warning email': 'email',
  'error email': 'email',
  'critical email': 'email',
  'warning page': 'sms,email',
  'error page': 'sms,email',
  'critical page': 'sms,email',
  'warning autoscale': 'autoscale,email',
  'error autoscale': 'autoscale,email',
  'critical autoscale': 'email',
  'critical circuit-break': 'sms,circuit-break,email',
  'error circuit-break': 'email',
  'warning circuit-break': 'email',
};

const routesOf = (file: string, labels: Readonly<Record<string, string>>): string =>
  run('config', 'routes', 'test', `--config.file=${file}`, ...Object.entries(labels).map((pair) => pair.join('=')))
    .line;

describe('the routes', () => {
  it.for(Object.entries(TOLD))('of an alert that is %s lead to %s', ([pair, receivers], { skip }) => {
    if (amtool === undefined) return skip(missingProgram('amtool'));
    const [severity = '', action = ''] = pair.split(' ');
    const alertname = severity === 'none' ? 'Watchdog' : 'Something';
    expect(routesOf(render({ email: EMAIL }), { alertname, severity, action })).toBe(receivers);
  });

  it.for(ALERTS)('of $alertname are those of its severity and action', (labels, { skip }) => {
    if (amtool === undefined) return skip(missingProgram('amtool'));
    const { severity, action } = labels as Readonly<Record<string, string>>;
    const expected = TOLD[`${severity} ${action}`];
    expect(expected).toBeDefined();
    expect(routesOf(render(SETTINGS['mute times']), labels)).toBe(expected);
  });

  it.for([
    ['heat', { alertname: 'AcceleratorTemperatureHigh', severity: 'warning', action: 'email' }, 'email'],
    ['an alert of somebody else', { alertname: 'DiskFull' }, 'email'],
    ['a test of the last tier', { severity: 'critical', action: 'circuit-break', clawdbot_test: 'true' }, 'sms,email'],
    ['a test of the middle tier', { severity: 'error', action: 'autoscale', clawdbot_test: 'true' }, 'email'],
  ] as const)('of %s: %o to %s', ([, labels, receivers], { skip }) => {
    if (amtool === undefined) return skip(missingProgram('amtool'));
    expect(routesOf(render({ email: EMAIL }), labels)).toBe(receivers);
  });
});

describe('an outage', () => {
  it('silences what follows from it, and never itself, a page or the sign of life', () => {
    for (const [cause, names] of INHIBITIONS) expect(names).not.toContain(cause);
    expect([...INHIBITIONS.values()].flat()).not.toContain('Watchdog');
  });
});

describe('the words of the mail', () => {
  it('are there in every language, with nothing of the other', () => {
    const keys = (value: object): string[] =>
      Object.entries(value).flatMap(([key, child]) =>
        typeof child === 'object' ? keys(child).map((inner) => `${key}.${inner}`) : [key],
      );
    expect(keys(WORDS.zh)).toEqual(keys(WORDS.en));
    expect(JSON.stringify(WORDS.en)).not.toMatch(/[\u4e00-\u9fff]/);
    const chinese = JSON.stringify(Object.values(WORDS.zh).map((value) => JSON.stringify(value)));
    expect(chinese.match(/[\u4e00-\u9fff]/g)?.length).toBeGreaterThan(150);
  });
});
