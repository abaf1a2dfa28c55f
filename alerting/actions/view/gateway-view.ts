import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPaths } from '../../../core/config/paths.ts';
import type { Config } from '../../../core/config/schema.ts';
import { createEgress, type Egress } from '../../../core/egress/egress.ts';
import { gateTo } from '../../../core/egress/policy.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GatewayView } from '../action.ts';

interface Deps {
  readonly config: Pick<Config, 'actions' | 'server'>;
  readonly paths: DataPaths;
}

/** What the gateway leaves in the data folder while it runs, as far as it is read here. */
interface Run {
  readonly url: string;
  readonly adminUrl?: string;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 8_388_608;

/** The gateway from outside: each request over a connection of its own, so that one to a process that died is never taken for it. */
export const createGatewayView = ({ config, paths }: Deps): GatewayView => {
  const { gateway } = config.actions;
  const find = async (): Promise<Run> => {
    if (gateway.url !== undefined) return { url: gateway.url };
    const text = await readFile(join(paths.run, 'gateway.json'), 'utf8').catch(() => undefined);
    if (text === undefined) throw unreachable('no gateway runs on this data folder');
    return JSON.parse(text) as Run; // written by our own gateway, atomically
  };
  const visit = async <T>(url: string, act: (egress: Egress) => Promise<T>): Promise<T> => {
    const egress = createEgress({
      // The operator named it, or it is the process beside this one: it may be reached wherever it is, and nothing else.
      gate: gateTo(new URL(url)),
      ...{ headersTimeoutMs: TIMEOUT_MS, bodyTimeoutMs: TIMEOUT_MS, connectTimeoutMs: TIMEOUT_MS },
      ...(await trust(config, paths)),
    });
    try {
      return await act(egress);
    } finally {
      await egress.close();
    }
  };
  return {
    async ask(method, path, body) {
      const { url, adminUrl } = await find();
      const base = path.startsWith('/api/v1/admin') ? (adminUrl ?? url) : url;
      const token = (await readFile(gateway.tokenFile ?? paths.actionsGatewayToken, 'utf8')).trim();
      const headers = {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      return visit(base, async (egress) => {
        const sent = body === undefined ? {} : { body: JSON.stringify(body) };
        const answer = await egress.request(new URL(path, base), { method, headers, ...sent });
        const text = await answer.readText(MAX_ANSWER_BYTES);
        return { status: answer.status, body: parse(text) };
      });
    },
    async probe(signal) {
      try {
        const { url } = await find();
        return await visit(url, async (egress) => {
          const answer = await egress.request(new URL('/api/v1/health/ready', url), { method: 'GET', signal });
          await answer.discard(MAX_ANSWER_BYTES);
          return answer.status === 200 ? 'ready' : 'not_ready';
        });
      } catch {
        return 'unreachable';
      }
    },
  };
};

/** The authority of the gateway's certificate; one of the operator is trusted itself, whatever name it is for. */
const trust = async (
  { actions, server }: Deps['config'],
  paths: DataPaths,
): Promise<{ readonly ca?: string; readonly pinned?: string }> => {
  const { ca } = actions.gateway;
  if (ca !== undefined) return { ca: await readFile(ca, 'utf8') };
  if (server.tls.cert !== undefined && actions.gateway.url === undefined) {
    return { pinned: await readFile(server.tls.cert, 'utf8') };
  }
  const local = await readFile(join(paths.tls, 'ca.crt'), 'utf8').catch(() => undefined);
  return local === undefined ? {} : { ca: local };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const unreachable = (message: string): ServiceError => new ServiceError('ERR_ROUTE_NO_REPLICA', message);
