import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Heartbeat, hearHeartbeat } from '../../alerting/watch/heartbeat.ts';
import { openMemory } from '../../alerting/watch/memory.ts';
import { canTell, openPeople } from '../../alerting/watch/people.ts';
import { createProbe } from '../../alerting/watch/probe.ts';
import { type Clock, type Subject, watch } from '../../alerting/watch/watch.ts';
import { findConfigFile, loadConfig } from '../../core/config/load.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import { makePrivateFolder } from '../../core/config/private-files.ts';
import { egressRows } from '../../core/egress/implied.ts';
import { createWayOut } from '../../core/egress/way-out.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { parseSpan } from '../alerts/span.ts';
import { onStopRequests } from '../setup/stop-requests.ts';

interface WatchOptions {
  readonly target: URL;
  readonly ca?: string;
  readonly config?: string;
  readonly data: string;
  readonly every: number;
  readonly failures: number;
  readonly over: number;
  readonly successes: number;
  readonly timeout: number;
  readonly heartbeat?: { readonly host: string; readonly port: number };
  readonly heartbeatSecret?: string;
  readonly silence: number;
  readonly once?: true;
}

/** `clawdbot watch`: a box that dies whole cannot say so itself; this runs on another one, and does. */
export const watchCommand = (): Command =>
  new Command('watch')
    .description('watch a service from a second machine, and tell people when it is down and when it is back')
    .requiredOption('--target <url>', 'the service, such as https://gpu-box:8443', parseTarget)
    .option('--ca <file>', 'PEM file of its CA (tls/ca.crt of its data folder)')
    .option('-c, --config <file>', 'configuration file with the ways to tell people: actions.notifiers, email')
    .option('-d, --data <dir>', 'folder for what it remembers', defaultDataDir(process.env))
    .addOption(span('--every <span>', 'time between two probes', '5s'))
    .addOption(span('--timeout <span>', 'time for one probe', '10s'))
    .option('--failures <count>', 'probes in a row that must fail', parseCount, 3)
    .addOption(span('--over <span>', 'time that they must span', '30s'))
    .option('--successes <count>', 'probes in a row that end an outage', parseCount, 2)
    .option('--heartbeat <host:port>', 'also expect the calls of actions.deadMan.heartbeatUrl here', parseListen)
    .option('--heartbeat-secret <file>', 'file with the path of those calls behind the first slash')
    .addOption(span('--silence <span>', 'time without such a call until people are told', '3m'))
    .option('--once', 'probe once, print what it says, tell nobody')
    .addHelpText(
      'after',
      '\nExit codes: 0 stopped, or ready with --once; 1 not ready with --once; 64 wrong option; 78 configuration invalid, or nobody to tell.',
    )
    .action(async (options: WatchOptions) => {
      process.exitCode = await (options.once ? probeOnce(options) : watchOn(options));
    });

const probeOnce = async (options: WatchOptions): Promise<number> => {
  const look = await probeOf(options)(new AbortController().signal);
  say('info', `${options.target.host}: ${look.isWell ? 'ready' : look.reason}`);
  return look.isWell ? EXIT.ok : EXIT.failed;
};

const watchOn = async (options: WatchOptions): Promise<number> => {
  const file = options.config ?? findConfigFile(process.env, ['', options.data]);
  const { config } = loadConfig({ env: process.env, ...(file === undefined ? {} : { file }) });
  if (!canTell(config)) {
    throw new ServiceError(
      'ERR_CONFIG_INVALID',
      'actions.notifiers: expected a notifier, or email.to and email.smarthost, got neither; without one nobody can be told',
    );
  }
  await makePrivateFolder(options.data);
  const abort = new AbortController();
  const requests = onStopRequests(() => abort.abort());
  const heartbeat = await openHeartbeat(options, abort.signal);
  const from = hostname();
  say(
    'info',
    `watching ${options.target.origin} every ${options.every / 1000} s; down after ${options.failures} failures over ${options.over / 1000} s`,
  );
  if (heartbeat !== undefined)
    say('info', `expecting signs of life on ${heartbeat.url}, at most ${options.silence / 1000} s apart`);
  const memory = await openMemory(join(options.data, 'watch.json'));
  const out = createWayOut({ rows: egressRows(config, process.env) });
  const people = await openPeople(config, { out, memory, say, now: clock.now });
  await watch({
    ...{ subjects: subjectsOf(options, heartbeat), everyMs: options.every, clock, say, from, signal: abort.signal },
    ...{ memory, tell: people.tell },
  });
  await heartbeat?.close();
  await people.stop();
  requests.close();
  say('info', 'stopped');
  return EXIT.ok;
};

const subjectsOf = (options: WatchOptions, heartbeat: Heartbeat | undefined): Subject[] => {
  const { target, failures, over, successes } = options;
  const service: Subject = {
    ...{ id: target.origin, name: `Clawdbot at ${target.host}` },
    ...{ limits: { failures, overMs: over, successes }, look: probeOf(options) },
  };
  if (heartbeat === undefined) return [service];
  const alerts: Subject = {
    ...{ id: `heartbeat of ${target.origin}`, name: `The alerting of ${target.host}` },
    // The silence has lasted long enough already.
    ...{ limits: { failures: 1, overMs: 0, successes: 1 }, look: () => heartbeat.look() },
  };
  return [service, alerts];
};

const probeOf = ({ target, ca, timeout }: WatchOptions) =>
  createProbe({ target, ca: ca === undefined ? undefined : readPem(ca), timeoutMs: timeout });

const openHeartbeat = async (
  { heartbeat, heartbeatSecret, silence }: WatchOptions,
  signal: AbortSignal,
): Promise<Heartbeat | undefined> => {
  if (heartbeat === undefined) return undefined;
  return hearHeartbeat({
    ...{ ...heartbeat, silenceMs: silence, now: Date.now, signal },
    secret: heartbeatSecret === undefined ? undefined : readPem(heartbeatSecret).trim(),
    onTaken: (port) => say('warn', `port ${port} belongs to another program; waiting for it`),
  });
};

const readPem = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ServiceError('ERR_CONFIG_INVALID', `${file}: expected a file that can be read, got none`, { cause });
  }
};

const clock: Clock = {
  now: Date.now,
  wait: (ms, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    }),
};

/** A line each, with its time: it runs unattended. */
const say = (level: 'info' | 'warn' | 'error', text: string): void => {
  process.stdout.write(`${new Date().toISOString()} ${level.padEnd(5)} ${text}\n`);
};

function span(flags: string, help: string, value: string): Option {
  return new Option(flags, help).argParser(parseSpan).default(parseSpan(value), value);
}

function parseTarget(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '') return url;
  throw new InvalidArgumentError(`expected a URL such as https://gpu-box:8443, got ${JSON.stringify(text)}`);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count;
  throw new InvalidArgumentError(`expected an integer from 1 to 1000, got ${JSON.stringify(text)}`);
}

function parseListen(text: string): { host: string; port: number } {
  const [, host = '', port = ''] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (host !== '' && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new InvalidArgumentError(`expected host:port such as 0.0.0.0:9950, got ${JSON.stringify(text)}`);
}
