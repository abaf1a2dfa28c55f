import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Drill } from '../drill.ts';
import { embeddedModel, missingModel } from '../stack/embedded-model.ts';
import { readyReplicas } from '../stack/replicas.ts';
import type { Stack } from '../stack/stack.ts';

/** What the engine imports to reach native libraries. */
const FFI = join(dirname(createRequire(import.meta.url).resolve('koffi')), 'index.js');
/** What it says where it was built for another processor. */
const BROKEN = "throw new Error('Cannot find the native Koffi module; did you bundle it correctly?');\n";

const missing = (): string | undefined =>
  process.getuid?.() === 0 && process.platform === 'linux'
    ? missingModel()
    : 'a file is put in the place of another, for this service alone, which needs root';

/** What the service finds in the place of that file. */
const standIn = (dir: string): string => join(dir, 'koffi.js');
// In place: the service sees this very file.
const install = (dir: string, text: string): void => writeFileSync(standIn(dir), text);

/** Both, one after the other, so that one always serves. */
const restartEngines = async ({ pids, until, ...stack }: Stack): Promise<void> => {
  for (const pid of pids('engine')) {
    process.kill(pid, 'SIGKILL');
    await until('another engine', () => {
      const now = pids('engine');
      return (now.length === 2 && !now.includes(pid)) || undefined;
    });
    await until('two engines serve again', async () => (await readyReplicas(stack)) === 2 || undefined);
  }
};

/** Native libraries that the engine cannot reach. */
export const LIBRARIES: readonly Drill[] = [
  {
    name: 'engine-fallen-back',
    about:
      'The package that reaches native libraries breaks. Engines that start from then on use the slower way, and an e-mail says so.',
    requestsPerSecond: 2,
    missing,
    settings: () => ({
      models: [{ ...embeddedModel(), replicas: 2, slots: 2 }],
    }),
    async prepare({ dir, binds }) {
      install(dir, readFileSync(FFI, 'utf8'));
      binds.push({ file: standIn(dir), onto: FFI });
    },
    async inject(stack) {
      install(stack.dir, BROKEN);
      await restartEngines(stack);
    },
    async recover(stack) {
      install(stack.dir, readFileSync(FFI, 'utf8'));
      await restartEngines(stack);
    },
    alerts: ['EngineFallBack'],
    // Four engines are killed for it, with what they were answering.
    symptoms: ['EnginesRestarting', 'AvailabilityBudgetBurnFast'],
    told: [{ by: 'mail', alert: 'EngineFallBack' }],
    cleared: [{ by: 'mail', alert: 'EngineFallBack', isOver: true }],
  },
];
