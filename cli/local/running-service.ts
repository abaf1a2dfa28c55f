import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataPaths } from '../../core/config/paths.ts';
import { createEgress, type EgressRequest, type RawAnswer } from '../../core/egress/egress.ts';
import { gateTo } from '../../core/egress/policy.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { Scope } from '../../services/inference/call.ts';
import { isAlive } from './is-alive.ts';
import { mintOnRecord } from './mint.ts';

/** What the gateway leaves in its data folder while it runs. */
export interface RunFile {
  readonly pid: number;
  readonly url: string;
  /** Where administration answers, if apart (`server.admin.port`). */
  readonly adminUrl?: string;
  readonly version: string;
  readonly startedAt: string;
  readonly issuer: string;
  readonly audience: string;
}

export interface RunningService {
  readonly url: string;
  readonly run: RunFile | undefined;
  /** Sends JSON, answers the raw response. */
  send(
    method: EgressRequest['method'] & string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<RawAnswer>;
  close(): Promise<void>;
}

export interface ServiceAddress {
  readonly data: string;
  /** Another service than the one of the data folder. */
  readonly url?: string;
  /** Bearer credential; default: a token minted with the key in the data folder. */
  readonly token?: string;
  /** Whom the minted token stands for. */
  readonly subject?: string;
  /** PEM file; default: the local CA of the data folder, when there is one. */
  readonly ca?: string;
}

const TOKEN_TTL_SECONDS = 3600;

/** Opens the API of the service of a data folder (or any other) with the rights asked for. */
export const openService = async (address: ServiceAddress, scopes: readonly Scope[]): Promise<RunningService> => {
  const paths = dataPaths(address.data);
  const run = address.url === undefined ? readRunFile(paths.run) : undefined;
  const isAdministration = scopes.every((scope) => scope === 'admin' || scope === 'audit');
  const url = address.url ?? (isAdministration ? run?.adminUrl : undefined) ?? run?.url;
  if (url === undefined) throw notRunning(address.data);
  const ca = readOptional(address.ca ?? join(paths.tls, 'ca.crt'));
  const token =
    address.token ??
    (await mintOnRecord(address.data, {
      scopes,
      subject: address.subject ?? 'clawdbot-cli',
      ttlSeconds: TOKEN_TTL_SECONDS,
      ...(run === undefined ? {} : { jwt: run }),
    }));
  // A person named this service on the command line or started it: wherever it is, it may be reached, and nothing else.
  const egress = createEgress({
    gate: gateTo(new URL(url)),
    headersTimeoutMs: 0,
    bodyTimeoutMs: 0,
    ...(ca === undefined ? {} : { ca }),
  });
  return {
    url,
    run,
    send: (method, path, body, signal) =>
      egress
        .send(new URL(path, url), {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          ...(signal === undefined ? {} : { signal }),
        })
        .catch((cause: unknown) => {
          throw signal?.aborted ? cause : unreachable(url, cause);
        }),
    close: () => egress.retire(),
  };
};

/** Whether a service runs on this data folder. */
export const isServiceRunning = (data: string): boolean => readRunFile(dataPaths(data).run) !== undefined;

const readOptional = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const readRunFile = (runDir: string): RunFile | undefined => {
  const text = readOptional(join(runDir, 'gateway.json'));
  if (text === undefined) return undefined;
  const run = JSON.parse(text) as RunFile; // written by our own gateway, atomically
  return isAlive(run.pid) ? run : undefined;
};

const notRunning = (data: string) =>
  new ServiceError(
    'ERR_ROUTE_NO_REPLICA',
    `no service runs on the data folder ${data}; start one with «npm start», or name another with --data or --url`,
  );

const unreachable = (url: string, cause: unknown) =>
  new ServiceError(
    'ERR_ROUTE_NO_REPLICA',
    `${url} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
