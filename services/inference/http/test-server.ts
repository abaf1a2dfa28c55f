import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, type Dispatcher, request } from 'undici';
import { type Config, configSchema } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Log, Logger } from '../../../core/telemetry/log.ts';
import { type Caller, SCOPES, type Scope } from '../call.ts';
import { openCertificates } from './certificates.ts';
import type { Gate } from './gate.ts';
import type { HttpPrivacy } from './http-privacy.ts';
import type { Operation } from './operation.ts';
import { type Listening, listen } from './server.ts';

/** One line a logger got. */
export interface LogLine {
  readonly level: string;
  readonly action: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json(): unknown;
}

export interface TestRequest {
  readonly method?: Dispatcher.HttpMethod;
  readonly headers?: Record<string, string>;
  /** Sent as it is when a string or bytes, else as JSON. */
  readonly body?: unknown;
  /** HTTP/2 instead of HTTP/1.1. */
  readonly http2?: boolean;
  readonly signal?: AbortSignal;
}

/** A real gateway server on a free port of loopback, for tests. */
export interface TestServer extends Listening {
  readonly url: string;
  /** PEM of the authority to trust. */
  readonly ca: string;
  readonly dir: string;
  readonly appLog: readonly LogLine[];
  readonly accessLog: readonly LogLine[];
  readonly recorded: readonly { readonly key: string; readonly value: number; readonly labels: unknown }[];
  send(path: string, options?: TestRequest): Promise<TestAnswer>;
  /** The answer with its body unread, for streams. */
  open(path: string, options?: TestRequest): Promise<Dispatcher.ResponseData>;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  readonly operations: readonly Operation[];
  readonly gate?: Gate;
  readonly config?: Partial<Config['server']>;
  readonly privacy?: HttpPrivacy;
}

/** The bearer credential that `openGate` knows; the words after it are its scopes. */
export const TEST_CREDENTIAL = 'test';

/** A gate that lets loopback in and takes `Bearer test <scopes…>`; `Bearer test` alone has every scope. */
export const openGate: Gate = {
  checkAddress: (remote) => remote.replace('::ffff:', ''),
  verify(authorization, address) {
    const [, credential, ...scopes] = authorization?.split(' ') ?? [];
    if (credential === undefined) throw new ServiceError('ERR_AUTH_CREDENTIAL_MISSING', 'no credential was sent');
    if (credential !== TEST_CREDENTIAL)
      throw new ServiceError('ERR_AUTH_CREDENTIAL_INVALID', 'the credential is not valid');
    const all: readonly string[] = scopes.length === 0 ? [...SCOPES] : scopes;
    return { keyId: 'key:test', tenant: 'key:test', scopes: new Set(all.filter(isScope)), address } satisfies Caller;
  },
  requireScope(caller, scope) {
    if (!caller.scopes.has(scope))
      throw new ServiceError('ERR_AUTH_SCOPE', `expected scope ${scope}`, { details: { scope } });
  },
};

const isScope = (text: string): text is Scope => SCOPES.some((scope) => scope === text);

/** Starts a server with the given operations; everything it made is gone after `stop`. */
export const startTestServer = async (options: TestServerOptions): Promise<TestServer> => {
  const dir = await mkdtemp(join(tmpdir(), 'clawdbot-http-'));
  const config = { ...configSchema.parse({}).server, port: 0, drainMs: 1000, ...options.config };
  const appLog: LogLine[] = [];
  const accessLog: LogLine[] = [];
  const recorded: { key: string; value: number; labels: unknown }[] = [];
  const log = { app: recordingLog(appLog), access: recordingLog(accessLog) };
  const certificates = await openCertificates({ dir: join(dir, 'tls'), config, log: log.app, pollMs: 20 });
  const listening = await listen({
    operations: options.operations,
    gate: options.gate ?? openGate,
    config,
    certificates,
    log,
    ...(options.privacy === undefined ? {} : { privacy: options.privacy }),
    telemetry: {
      record: (key, value, labels) => void recorded.push({ key, value, labels }),
      counter: (key, labels, value = 1) => void recorded.push({ key, value, labels }),
      gauge: () => undefined,
    },
  });
  const ca = await readFile(join(dir, 'tls', 'ca.crt'), 'utf8');
  const agents = { http1: agentOf(ca, false), http2: agentOf(ca, true) };
  const url = `https://127.0.0.1:${listening.port}`;

  const open = (path: string, { http2 = false, body, headers, ...rest }: TestRequest = {}) =>
    request(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...rest,
      dispatcher: http2 ? agents.http2 : agents.http1,
      headers: { authorization: `Bearer ${TEST_CREDENTIAL}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
    });

  return {
    ...listening,
    url,
    ca,
    dir,
    appLog,
    accessLog,
    recorded,
    open,
    async send(path, sent) {
      const answer = await open(path, sent);
      const text = await answer.body.text();
      return { status: answer.statusCode, headers: answer.headers, text, json: () => JSON.parse(text) };
    },
    async stop() {
      await Promise.all([agents.http1.destroy(), agents.http2.destroy()]);
      await listening.close(0);
      await certificates.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

const agentOf = (ca: string, allowH2: boolean): Agent => new Agent({ allowH2, connect: { ca } });

const isRaw = (body: unknown): body is string | Uint8Array => typeof body === 'string' || body instanceof Uint8Array;

const recordingLog = (lines: LogLine[]): Logger => {
  const at =
    (level: string): Log =>
    (action, fields = {}) =>
      void lines.push({ level, action, fields });
  return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};
