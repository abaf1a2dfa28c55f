import { parseArgs } from 'node:util';
import { type Gateway, startGateway } from '../../services/inference/gateway.ts';

// The gateway process as `services/inference/main.ts` starts it, but for the telemetry.
const { values } = parseArgs({ options: { config: { type: 'string' }, data: { type: 'string', default: '' } } });

let gateway: Gateway | undefined;
const stop = async (): Promise<void> => {
  await gateway?.stop(true);
  process.exit(0);
};
process.on('SIGTERM', () => void stop());
process.on('disconnect', () => void stop());

gateway = await startGateway({
  dataDir: values.data,
  configFile: values.config,
  flags: {},
  env: process.env,
  report: (message) => void process.send?.(message),
  signal: new AbortController().signal,
  hasTelemetry: false,
});
