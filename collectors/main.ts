import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { defaultDataDir } from '../core/config/paths.ts';
import { sealProcess } from '../core/egress/seal.ts';
import { EXIT } from '../core/errors/exit-codes.ts';
import { toServiceError } from '../core/errors/service-error.ts';
import { type Collectors, startCollectors } from './collectors.ts';
import type { CollectorsOrder, CollectorsReport } from './supervision.ts';

const { values } = parseArgs({
  options: { config: { type: 'string' }, data: { type: 'string', default: defaultDataDir(process.env) } },
});

// A process that is idle most of the time looks to V8 like one to tidy up: that cost as much as all the reading.
setFlagsFromString('--no-memory-reducer');

const report = (message: CollectorsReport): void => {
  if (process.connected) process.send?.(message, () => undefined);
};

/** The collectors process. Ends itself only here. */
const main = async (): Promise<void> => {
  sealProcess();
  const abort = new AbortController();
  let collectors: Collectors | undefined;
  const stop = async (): Promise<void> => {
    if (abort.signal.aborted) return;
    abort.abort();
    await collectors?.stop();
    process.exit(EXIT.ok);
  };
  // Supervised collectors leave Ctrl-C to their supervisor, which gets it too and then orders a stop.
  process.on('SIGINT', () => process.connected || void stop());
  process.on('SIGTERM', () => void stop());
  process.on('message', (_order: CollectorsOrder) => void stop());
  // The supervisor is gone: nobody would ever stop this process again.
  process.on('disconnect', () => void stop());
  try {
    collectors = await startCollectors({
      ...{ dataDir: values.data, configFile: values.config, env: process.env, report, signal: abort.signal },
      supervisor: process.connected ? process.ppid : undefined,
    });
    if (collectors === undefined) process.exit(EXIT.ok);
  } catch (thrown) {
    if (abort.signal.aborted) return;
    const error = toServiceError(thrown);
    report({ type: 'fatal', code: error.code, message: error.message });
    if (!process.connected) process.stderr.write(`clawdbot: ${error.message} (${error.code})\n`);
    process.exit(error.code === 'ERR_CONFIG_INVALID' ? EXIT.config : EXIT.internal);
  }
};

await main();
