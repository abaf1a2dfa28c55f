import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where everything under the data folder lies. */
export interface DataPaths {
  readonly dir: string;
  readonly tls: string;
  readonly keys: string;
  readonly authDb: string;
  readonly jobsDb: string;
  readonly usageDb: string;
  readonly logs: string;
  /** Of the collectors, which rotate their own files. */
  readonly collectorLogs: string;
  readonly audit: string;
  /** Of the Prometheus that the supervisor starts: its configuration, its token and what it keeps. */
  readonly prometheus: string;
  /** The token it scrapes the gateway with. */
  readonly prometheusToken: string;
  readonly prometheusLogs: string;
  /** Of the Alertmanager that the supervisor starts: its configuration, silences and what it sent. */
  readonly alertmanager: string;
  readonly alertmanagerLogs: string;
  /** Of the actions process: what it took on and what it decided. */
  readonly actions: string;
  readonly actionsDb: string;
  /** What Alertmanager sends with its webhooks. */
  readonly actionsHookToken: string;
  /** What the actions ask the gateway with; the supervisor renews it. */
  readonly actionsGatewayToken: string;
  readonly actionsLogs: string;
  /** Of the anomaly detector: what it has learnt. */
  readonly anomalyDb: string;
  readonly anomalyLogs: string;
  /** What the doctor found when it looked last. */
  readonly doctor: string;
  /** What came of the drills that were run last. */
  readonly drills: string;
  readonly run: string;
  /** Left for a gateway that is dead: it starts half open. */
  readonly halfOpen: string;
  /** CPU profiles. */
  readonly profiles: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The layout of a data folder; creates nothing. */
export const dataPaths = (dir: string): DataPaths => ({
  dir,
  tls: join(dir, 'tls'),
  keys: join(dir, 'keys'),
  authDb: join(dir, 'auth.db'),
  jobsDb: join(dir, 'jobs.db'),
  usageDb: join(dir, 'usage.db'),
  logs: join(dir, 'logs'),
  profiles: join(dir, 'profiles'),
  collectorLogs: join(dir, 'logs', 'collectors'),
  audit: join(dir, 'audit'),
  prometheus: join(dir, 'prometheus'),
  prometheusToken: join(dir, 'prometheus', 'token'),
  prometheusLogs: join(dir, 'logs', 'prometheus'),
  alertmanager: join(dir, 'alertmanager'),
  alertmanagerLogs: join(dir, 'logs', 'alertmanager'),
  actions: join(dir, 'actions'),
  actionsDb: join(dir, 'actions', 'actions.db'),
  actionsHookToken: join(dir, 'actions', 'hook-token'),
  actionsGatewayToken: join(dir, 'actions', 'gateway-token'),
  actionsLogs: join(dir, 'logs', 'actions'),
  anomalyDb: join(dir, 'anomaly', 'anomaly.db'),
  anomalyLogs: join(dir, 'logs', 'anomaly'),
  doctor: join(dir, 'doctor.json'),
  drills: join(dir, 'drills.json'),
  run: join(dir, 'run'),
  halfOpen: join(dir, 'run', 'half-open.json'),
});

/** The data folder where `--data` names none: `CLAWDBOT_DATA`, else in the user's folder for data. */
export const defaultDataDir = (env: Environment): string =>
  chosen(env.CLAWDBOT_DATA) ?? join(userFolder(env, 'XDG_DATA_HOME', '.local/share'), 'clawdbot');

/** What can be fetched again: models, test programs. */
export const cacheDir = (env: Environment): string => join(userFolder(env, 'XDG_CACHE_HOME', '.cache'), 'clawdbot');

/** Downloaded models: `CLAWDBOT_MODELS_DIR`, else in the cache folder. */
export const modelsDir = (env: Environment): string => chosen(env.CLAWDBOT_MODELS_DIR) ?? join(cacheDir(env), 'models');

/** An empty variable is one that is not set. */
const chosen = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

const userFolder = (env: Environment, variable: string, fallback: string): string => {
  const folder = env[variable];
  // The XDG specification says that a relative path is to be ignored.
  return folder?.startsWith('/') === true ? folder : join(chosen(env.HOME) ?? homedir(), fallback);
};
