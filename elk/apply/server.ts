import { readCa } from '../../core/config/ca-file.ts';
import type { Config } from '../../core/config/schema.ts';
import { createSecret } from '../../core/config/secret-file.ts';
import { createEgress, type Egress } from '../../core/egress/egress.ts';
import { gateTo } from '../../core/egress/policy.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { Call } from '../resource.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Elasticsearch or Kibana. An answer of any status is an answer; what throws is that there is none. */
export interface Server {
  /** As messages name it: the product and its address. */
  readonly title: string;
  ask(call: Call): Promise<Answer>;
  close(): Promise<void>;
}

/** How a server is reached: the settings that `elk.elasticsearch` and `elk.kibana` share. */
export type ServerSettings = Config['elk']['elasticsearch'];

/** What a person pointed to in the configuration, wherever it is. */
export const openWay = (url: URL, { caFile, timeoutMs }: ServerSettings): Egress =>
  createEgress({
    gate: gateTo(url),
    ...(caFile === undefined ? {} : { ca: readCa(caFile) }),
    connectTimeoutMs: timeoutMs,
    headersTimeoutMs: timeoutMs,
    bodyTimeoutMs: timeoutMs,
  });

/** The `authorization` of every request; none where nobody logs in. */
export const authorizationOf = (settings: ServerSettings, section: string): string | undefined => {
  const { apiKeyFile, username, passwordFile } = settings;
  if (apiKeyFile !== undefined) return `ApiKey ${createSecret(apiKeyFile, `${section}.apiKeyFile`)()}`;
  if (username === undefined || passwordFile === undefined) return undefined;
  const password = createSecret(passwordFile, `${section}.passwordFile`)();
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
};

/** That nothing, or something else, answers. */
export const unreachable = (title: string, section: string, cause: unknown): ServiceError => {
  const got = cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
  const advice = /certificate|self.signed|issuer/i.test(got)
    ? `name the authority of its certificate in ${section}.caFile`
    : `start it, or mend ${section}.url`;
  return new ServiceError('ERR_ELK_UNREACHABLE', `${title}: expected an answer, got: ${got}; ${advice}`, { cause });
};

/** A login that is not taken, or may not do what was asked. */
export const refusedLogin = (title: string, section: string, { status, body }: Answer): ServiceError => {
  const expected = status === 401 ? 'a login that it takes' : 'a login with every privilege that is needed';
  const advice = `check ${section}.apiKeyFile, or ${section}.username and its passwordFile`;
  return new ServiceError(
    'ERR_ELK_LOGIN',
    `${title}: expected ${expected}, got ${status}: ${reasonIn(body)}; ${advice}`,
  );
};

/** Why a request was refused, in the words of the server, short enough for one line. */
export const reasonIn = (body: unknown): string => {
  // Safe: only read, and what is not there is undefined.
  const { error, message } = (body ?? {}) as { error?: { reason?: unknown } | string; message?: unknown };
  const reason = typeof error === 'object' ? (error.reason ?? error) : (message ?? error ?? body);
  return (typeof reason === 'string' ? reason : (JSON.stringify(reason) ?? 'no reason')).slice(0, 300);
};
