import { dataPaths } from '../../core/config/paths.ts';
import { createEgress } from '../../core/egress/egress.ts';
import { gateTo } from '../../core/egress/policy.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { isAlive } from '../local/is-alive.ts';
import { readProgramRun } from '../programs/run-file.ts';
import type { Matcher } from './matchers.ts';

/** An alert as Alertmanager tells it. */
export interface GivenAlert {
  readonly fingerprint: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: {
    readonly state: 'active' | 'suppressed' | 'unprocessed';
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
  };
}

export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
}

export type NewSilence = Omit<Silence, 'id' | 'status'>;
export type NewAlert = Pick<GivenAlert, 'labels' | 'annotations' | 'startsAt' | 'endsAt'>;

/** The API of an Alertmanager, version 2. */
export interface AlertmanagerApi {
  alerts(): Promise<readonly GivenAlert[]>;
  silences(): Promise<readonly Silence[]>;
  silence(wish: NewSilence): Promise<string>;
  endSilence(id: string): Promise<void>;
  post(alerts: readonly NewAlert[]): Promise<void>;
}

export interface AlertmanagerAddress {
  readonly data: string;
  /** Another one than that of the data folder. */
  readonly alertmanager?: string;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 64 * 2 ** 20;

/** Runs `act` with the API of the Alertmanager of a data folder, or of any other. */
export const withAlertmanager = async <T>(
  address: AlertmanagerAddress,
  act: (api: AlertmanagerApi) => Promise<T>,
): Promise<T> => {
  const url = new URL(urlOf(address));
  // A person named it on the command line, or started it.
  const egress = createEgress({ gate: gateTo(url), headersTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS });
  const ask = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> => {
    const answer = await egress
      .request(new URL(`api/v2/${path}`, url.href.endsWith('/') ? url : `${url.href}/`), {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      .catch((cause: unknown) => {
        throw unreachable(
          `${url.origin} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`,
          cause,
        );
      });
    const text = await answer.readText(MAX_BYTES);
    if (answer.status !== 200) throw refused(url.origin, answer.status, text);
    return text === '' ? undefined : JSON.parse(text);
  };
  try {
    return await act({
      // Safe: the shapes are those of Alertmanager's own document of its API; they are shown or sent back, never trusted.
      alerts: async () => (await ask('GET', 'alerts')) as GivenAlert[],
      silences: async () => (await ask('GET', 'silences')) as Silence[],
      silence: async (wish) => ((await ask('POST', 'silences', wish)) as { silenceID: string }).silenceID,
      endSilence: async (id) => void (await ask('DELETE', `silence/${encodeURIComponent(id)}`)),
      post: async (alerts) => void (await ask('POST', 'alerts', alerts)),
    });
  } finally {
    await egress.retire();
  }
};

const urlOf = ({ data, alertmanager }: AlertmanagerAddress): string => {
  if (alertmanager !== undefined) {
    const url = URL.parse(alertmanager);
    if (url !== null && /^https?:$/.test(url.protocol)) return alertmanager;
    throw unreachable(
      `--alertmanager: expected a URL such as http://127.0.0.1:9093, got ${JSON.stringify(alertmanager)}`,
    );
  }
  const run = readProgramRun(dataPaths(data).run, 'alertmanager');
  if (run !== undefined && isAlive(run.pid)) return run.url;
  throw unreachable(
    `no Alertmanager runs on the data folder ${data}: \`clawdbot up\` starts the one of this machine ` +
      '(`apt-get install prometheus-alertmanager` brings it), --alertmanager URL names another',
  );
};

const unreachable = (message: string, cause?: unknown): ServiceError =>
  new ServiceError('ERR_ALERTS_UNREACHABLE', message, cause === undefined ? {} : { cause });

const refused = (origin: string, status: number, text: string): ServiceError =>
  new ServiceError('ERR_ALERTS_REFUSED', `${origin}: expected status 200, got ${status}: ${text.trim().slice(0, 500)}`);
