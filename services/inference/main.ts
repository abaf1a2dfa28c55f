import { parseArgs } from 'node:util';
import { defaultDataDir } from '../../core/config/paths.ts';
import { sealProcess } from '../../core/egress/seal.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { toServiceError } from '../../core/errors/service-error.ts';
import { describeCrash, guardCrashes } from './crash.ts';
import { type Gateway, startGateway } from './gateway.ts';
import type { GatewayOrder, GatewayReport } from './supervision.ts';

const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    data: { type: 'string', default: defaultDataDir(process.env) },
    port: { type: 'string' },
    host: { type: 'string' },
  },
});

const report = (message: GatewayReport): void => {
  if (process.connected) process.send?.(message, () => undefined);
};

// What is no number is passed on as it is: the configuration says what was expected.
const numeric = (text: string | undefined): number | string | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : text;

const exitCodeOf = (code: string): number => {
  if (code === 'ERR_CONFIG_INVALID') return EXIT.config;
  if (code === 'ERR_CONFIG_DATA_FOLDER') return EXIT.cannotCreate;
  return code.startsWith('ERR_MODELS_') ? EXIT.unavailable : EXIT.internal;
};

/** The gateway process. Ends itself only here. */
const main = async (): Promise<void> => {
  sealProcess();
  const abort = new AbortController();
  let gateway: Gateway | undefined;
  const started = Promise.withResolvers<Gateway>();
  let opened: Promise<void> = Promise.resolve();
  let isStopping = false;

  const stop = async (now: boolean): Promise<void> => {
    if (isStopping && !now) return;
    isStopping = true;
    abort.abort();
    // What is half open is closed too, unless there is no time for it.
    if (!now) await opened;
    await gateway?.stop(now);
    process.exit(EXIT.ok);
  };
  // A supervised gateway leaves Ctrl-C to its supervisor, which gets it too and then orders a stop.
  process.on('SIGINT', () => process.connected || void stop(isStopping));
  process.on('SIGTERM', () => void stop(isStopping));
  process.on('message', (order: GatewayOrder) => {
    if (order.type === 'egress') void started.promise.then(({ noteEgress }) => noteEgress(order.note));
    else void stop(order.now);
  });
  // The supervisor is gone: nobody would ever stop this process again.
  process.on('disconnect', () => void stop(true));

  try {
    const starting = startGateway({
      dataDir: values.data,
      configFile: values.config,
      flags: { 'server.port': numeric(values.port), 'server.host': values.host },
      env: process.env,
      report,
      signal: abort.signal,
    });
    opened = starting.then(
      (one) => {
        gateway = one;
      },
      () => undefined,
    );
    started.resolve(await starting);
  } catch (thrown) {
    if (isStopping) return;
    const error = toServiceError(thrown);
    report({ type: 'fatal', code: error.code, message: error.message });
    if (!process.connected) process.stderr.write(`clawdbot: ${error.message} (${error.code})\n`);
    if (error.code === 'ERR_HTTP_INTERNAL') process.stderr.write(`${describeCrash(error.cause)}\n`);
    process.exit(exitCodeOf(error.code));
  }
};

guardCrashes(() => process.exit(EXIT.internal));
await main();
