import type { Config } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { kibanaResources } from '../kibana/resources.ts';
import type { Call } from '../resource.ts';
import { carryOut } from './carry-out.ts';
import { unfit } from './cluster.ts';
import { assertHarmless, planFor, type Step } from './plan.ts';
import { type Answer, authorizationOf, openWay, reasonIn, refusedLogin, type Server, unreachable } from './server.ts';

const SECTION = 'elk.kibana';
/** The Dashboards API is part of what is promised since. */
const OLDEST = [9, 5] as const;
/** Of Kibana's public API. */
const API_VERSION = '2023-10-31';
const MAX_BYTES = 16 * 2 ** 20;

/** The Kibana of the configuration. */
export const openKibana = ({ kibana: settings }: Pick<Config['elk'], 'kibana'>, url: string): Server => {
  const base = new URL(url);
  const way = openWay(base, settings);
  const title = `Kibana at ${base.origin}`;
  const authorization = authorizationOf(settings, SECTION);
  const headers = {
    'kbn-xsrf': 'clawdbot',
    'elastic-api-version': API_VERSION,
    ...(authorization === undefined ? {} : { authorization }),
  };
  const send = async ({ method, path, body }: Call): Promise<Answer> => {
    const answer = await way.request(`${base.href.replace(/\/+$/, '')}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: parse(await answer.readText(MAX_BYTES)) };
  };
  return {
    title,
    async ask(call) {
      const answer = await send(call).catch((error: unknown) => {
        throw error instanceof ServiceError ? error : unreachable(title, SECTION, error);
      });
      if (answer.status === 401 || answer.status === 403) throw refusedLogin(title, SECTION, answer);
      return answer;
    },
    close: () => way.close(),
  };
};

/** A proxy before Kibana answers in HTML when that is down. */
const parse = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text.slice(0, 300);
  }
};

export interface KibanaOutcome {
  readonly version: string;
  readonly steps: readonly Step[];
}

export interface KibanaOptions {
  readonly elk: Config['elk'];
  /** Whether Elasticsearch has security: without it Kibana has no roles. */
  readonly hasSecurity: boolean;
}

/** What differs on Kibana. Reads only. */
export const checkKibana = async (server: Server, { elk, hasSecurity }: KibanaOptions): Promise<KibanaOutcome> => {
  const version = await readVersion(server);
  return { version, steps: await planFor(server, kibanaResources(elk, { hasSecurity })) };
};

/** Brings Kibana to what the configuration says, as `applyToElasticsearch` does with the store. */
export const applyToKibana = async (
  server: Server,
  options: KibanaOptions & { readonly allowDestructive: boolean; readonly isDryRun: boolean },
): Promise<KibanaOutcome> => {
  const outcome = await checkKibana(server, options);
  if (!options.allowDestructive) assertHarmless(outcome.steps);
  if (!options.isDryRun) await carryOut(server, outcome.steps, () => {});
  return outcome;
};

interface StatusAnswer {
  readonly version?: { readonly number?: unknown };
  readonly status?: { readonly overall?: { readonly level?: unknown } };
}

const readVersion = async (server: Server): Promise<string> => {
  const { status, body } = await server.ask({ method: 'GET', path: '/api/status' });
  // Safe: only read, and what is not there is undefined.
  const { version, status: told } = (typeof body === 'object' && body !== null ? body : {}) as StatusAnswer;
  const number = String(version?.number);
  const [major = 0, minor = 0] = number.split('.').map(Number);
  const isNew = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  if (status !== 200 || !isNew) {
    const got = version === undefined ? `status ${status}: ${reasonIn(body)}` : number;
    throw unfit(server, `Kibana ${OLDEST.join('.')} or later`, got, 'upgrade it; nothing was changed');
  }
  const level = told?.overall?.level;
  if (level === 'available' || level === 'degraded') return number;
  throw unfit(
    server,
    'a Kibana that is available',
    String(level),
    'GET /api/status says which part is not; nothing was changed',
  );
};
