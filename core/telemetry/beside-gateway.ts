import { parseArgs } from 'node:util';
import { findConfigFile, loadConfig } from '../config/load.ts';
import { defaultDataDir } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import { sealProcess } from '../egress/seal.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { toServiceError } from '../errors/service-error.ts';

/** The last words of a process: it exits after them, and starting it again would not help. */
interface LastWords {
  readonly type: 'fatal';
  readonly code: string;
  readonly message: string;
}

/** What a process beside the gateway starts with. */
export interface BesideGateway<Report> {
  readonly dataDir: string;
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (report: Report | LastWords) => void;
  /** Aborts a start that is no longer wanted. */
  readonly signal: AbortSignal;
}

/**
 * The life of a process beside the gateway, from its options to its exit code. `start` answers undefined where the
 * configuration wants none.
 */
export const runBesideGateway = async <Report>(
  start: (options: BesideGateway<Report>) => Promise<{ stop(): Promise<void> } | undefined>,
): Promise<void> => {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, data: { type: 'string', default: defaultDataDir(process.env) } },
  });
  const report = (message: Report | LastWords): void => {
    if (process.connected) process.send?.(message, () => undefined);
  };
  sealProcess();
  const abort = new AbortController();
  let running: { stop(): Promise<void> } | undefined;
  const stop = async (): Promise<void> => {
    if (abort.signal.aborted) return;
    abort.abort();
    await running?.stop();
    process.exit(EXIT.ok);
  };
  // Supervised, it leaves Ctrl-C to its supervisor, which gets it too and then orders a stop.
  process.on('SIGINT', () => process.connected || void stop());
  process.on('SIGTERM', () => void stop());
  // The only order there is.
  process.on('message', () => void stop());
  // The supervisor is gone: nobody would ever stop this process again.
  process.on('disconnect', () => void stop());
  try {
    const { data: dataDir, config: configFile } = values;
    running = await start({ dataDir, configFile, env: process.env, report, signal: abort.signal });
    if (running === undefined) process.exit(EXIT.ok);
  } catch (thrown) {
    if (abort.signal.aborted) process.exit(EXIT.ok);
    const error = toServiceError(thrown);
    report({ type: 'fatal', code: error.code, message: error.message });
    if (!process.connected) process.stderr.write(`clawdbot: ${error.message} (${error.code})\n`);
    process.exit(error.code === 'ERR_CONFIG_INVALID' ? EXIT.config : EXIT.internal);
  }
};

/**
 * Reads the configuration and puts a process together; what was opened is closed again where that fails. Undefined where
 * the configuration wants none.
 */
export const assembleBesideGateway = async <
  Options extends Pick<BesideGateway<never>, 'dataDir' | 'configFile' | 'env'>,
  Running,
>(
  options: Options,
  isWanted: (config: Config) => boolean,
  assemble: (options: Options, config: Config, life: AsyncDisposableStack) => Promise<Running>,
): Promise<Running | undefined> => {
  const file = options.configFile ?? findConfigFile(options.env, ['', options.dataDir]);
  const { config } = loadConfig({ env: options.env, ...(file === undefined ? {} : { file }) });
  if (!isWanted(config)) return undefined;
  const life = new AsyncDisposableStack();
  try {
    return await assemble(options, config, life);
  } catch (error) {
    await life.disposeAsync();
    throw error;
  }
};
