import { fileURLToPath } from 'node:url';
import type { ActionsReport } from '../../alerting/actions/supervision.ts';
import { ensureHookToken } from '../../core/config/hook-token.ts';
import { loadConfig } from '../../core/config/load.ts';
import { type DataPaths, dataPaths } from '../../core/config/paths.ts';
import type { Config } from '../../core/config/schema.ts';
import type { EgressNote } from '../../core/egress/ledger.ts';
import { checkAccepted, mintOnRecord } from '../local/mint.ts';
import { keepTokenFile, systemClock, type TokenFile } from '../prometheus/token-file.ts';
import { superviseChild } from '../supervisor/child.ts';
import type { Child, Watching } from '../supervisor/keep-running.ts';

export interface ActionsBoxOptions extends Watching {
  readonly data: string;
  readonly configFile: string | undefined;
  /** Of the command line. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly report: (report: Exclude<ActionsReport, { type: 'egress' }>) => void;
  readonly noteEgress: (note: EgressNote) => void;
}

/** The actions process of `clawdbot up`: started with the configuration, given a token when the gateway listens, stopped last. */
export interface ActionsBox {
  /** The gateway listens: from now on there are keys to sign tokens for it with. */
  gatewayListens(): void;
  stop(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL('../../alerting/actions/main.ts', import.meta.url));
const SUBJECT = 'actions';
const TOKEN_SECONDS = 43_200;

/** Nothing that goes wrong in here may stop the service: it is told, and the service goes on without. */
export const openActions = (options: ActionsBoxOptions): ActionsBox => {
  const { data, configFile, args, env, report, noteEgress } = options;
  const paths = dataPaths(data);
  const warn = (text: string): void => report({ type: 'notice', level: 'warn', text: `actions: ${text}` });
  let child: Child | undefined;
  let token: TokenFile | undefined;
  let config: Config | undefined;
  let isStopping = false;

  const begin = async (): Promise<void> => {
    config = loadConfig({ env, file: configFile }).config;
    if (!config.actions.enabled) return;
    await ensureHookToken(paths);
    if (isStopping) return;
    child = superviseChild<ActionsReport>({
      ...options,
      ...{ entry: ENTRY, args },
      onReport: (told) => (told.type === 'egress' ? noteEgress(told.note) : report(told)),
    });
  };
  const starting = begin().catch((error: unknown) => warn(`not started: ${messageOf(error)}`));
  return {
    gatewayListens() {
      if (token !== undefined || isStopping || config === undefined || !needsToken(config)) return;
      try {
        token = keepToken(data, paths, config, report);
      } catch (error) {
        warn(
          `they cannot ask the gateway for anything: ${messageOf(error)}; actions.gateway.tokenFile names a credential`,
        );
      }
    },
    async stop() {
      isStopping = true;
      await starting;
      await child?.stop(false);
      await token?.stop();
    },
  };
};

/** The operator may have one, and the gateway may be another one. */
const needsToken = ({ actions: { enabled, gateway } }: Config): boolean =>
  enabled && gateway.url === undefined && gateway.tokenFile === undefined;

const keepToken = (
  data: string,
  paths: DataPaths,
  { auth: { jwt } }: Config,
  report: ActionsBoxOptions['report'],
): TokenFile => {
  const lifeSeconds = Math.min(TOKEN_SECONDS, jwt.maxLifetimeSeconds);
  checkAccepted(jwt, lifeSeconds);
  return keepTokenFile({
    ...{ file: paths.actionsGatewayToken, lifeSeconds, clock: systemClock },
    mint: (ttlSeconds) => mintOnRecord(data, { scopes: ['admin', 'metrics'], subject: SUBJECT, ttlSeconds, jwt }),
    onFailing: () =>
      report({ type: 'notice', level: 'warn', text: 'actions: their token for the gateway cannot be renewed' }),
    onRecovered: () => report({ type: 'notice', level: 'info', text: 'actions: their token is renewed again' }),
  });
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
