import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FakeState } from './state.ts';

export interface FakeSmi {
  /** The program, to be named in `collectors.options.nvidia-smi.command`. */
  readonly command: string;
  /** The options that make a reader believe that there is a driver. */
  readonly options: Readonly<Record<string, string>>;
  /** What it does from the next call, or the next round of the stream, on. */
  set(state: Partial<FakeState>): void;
  /** Takes the fault away. */
  heal(): void;
  /** The calls so far, oldest first. */
  calls(): readonly { readonly pid: number; readonly args: readonly string[] }[];
  /** Gives or takes the driver and its list of devices. */
  driver(devices: readonly string[] | undefined): void;
}

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Puts a fake nvidia-smi into a folder, as a program that can be started by its path. */
export const installFakeSmi = (dir: string, first: Partial<FakeState> = {}): FakeSmi => {
  const command = join(dir, 'nvidia-smi');
  const stateFile = join(dir, 'fake-nvidia-smi.json');
  const driverFile = join(dir, 'driver-version');
  const deviceFolder = join(dir, 'gpus');
  let state: FakeState = { capture: 'h200', gpus: 2, ...first };
  const save = (): void => writeFileSync(stateFile, JSON.stringify(state));
  save();
  writeFileSync(command, `#!/bin/sh\nFAKE_NVIDIA_SMI='${stateFile}' exec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(command, 0o755);
  writeFileSync(driverFile, 'NVRM version: NVIDIA UNIX x86_64 Kernel Module\n');
  mkdirSync(deviceFolder, { recursive: true });
  return {
    command,
    options: { command, driverFile, deviceFolder, kernelLog: join(dir, 'kmsg') },
    set(next) {
      state = { ...state, ...next };
      save();
    },
    calls: () =>
      existsSync(`${stateFile}.calls`)
        ? readFileSync(`${stateFile}.calls`, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
    heal() {
      const { fault: _fault, ...well } = state;
      state = well;
      save();
    },
    driver(devices) {
      if (devices === undefined) rmSync(driverFile, { force: true });
      else writeFileSync(driverFile, 'NVRM version: NVIDIA UNIX x86_64 Kernel Module\n');
      rmSync(deviceFolder, { recursive: true, force: true });
      mkdirSync(deviceFolder);
      for (const device of devices ?? []) mkdirSync(join(deviceFolder, device));
    },
  };
};
