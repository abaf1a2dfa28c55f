import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeOnDevices, parseDeviceMemory, readDeviceMemory } from './device-memory.ts';

const MIB = 1024 * 1024;
// nvidia-smi 580 --query-gpu=uuid,memory.free --format=csv,noheader,nounits, identifiers masked
const ROWS = 'GPU-aaaa1111-0000-0000-0000-000000000001, 80995\nGPU-bbbb2222-0000-0000-0000-000000000002, 1024\n';
const devices = parseDeviceMemory(ROWS);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-devices-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('parseDeviceMemory', () => {
  it('reads a row per device', () => {
    expect(devices.map(({ freeBytes }) => freeBytes)).toEqual([80_995 * MIB, 1024 * MIB]);
  });

  it('takes no device from rows of another form', () => {
    const text = 'No devices were found\nGPU-aaaa1111, [N/A]\nGPU-aaaa1111\nuuid, memory.free [MiB]\n';
    expect(parseDeviceMemory(text)).toEqual([]);
  });
});

describe('freeOnDevices', () => {
  const model = { device: 'auto', gpuLayers: 'auto', split: 'layer' } as const;

  it('adds up what a model is spread over', () => {
    expect(freeOnDevices(model, devices)).toBe((80_995 + 1024) * MIB);
    expect(freeOnDevices({ ...model, split: 'none' }, devices)).toBe(80_995 * MIB);
    expect(freeOnDevices({ ...model, device: ['GPU-bbbb2222'] }, devices)).toBe(1024 * MIB);
  });

  it('knows of none for a model on the processor, or on devices that are not there', () => {
    expect(freeOnDevices({ ...model, device: 'cpu' }, devices)).toBeUndefined();
    expect(freeOnDevices({ ...model, gpuLayers: 0 }, devices)).toBeUndefined();
    expect(freeOnDevices({ ...model, device: ['GPU-cccc3333'] }, devices)).toBeUndefined();
    expect(freeOnDevices(model, [])).toBeUndefined();
  });
});

describe.skipIf(process.platform === 'win32')('readDeviceMemory', () => {
  const program = async (body: string): Promise<string> => {
    const path = join(folder, 'nvidia-smi');
    await writeFile(path, `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  };

  it('asks the driver where there is one', async () => {
    const command = await program(`[ "$2" = --format=csv,noheader,nounits ] && printf '${ROWS}'`);
    expect(await readDeviceMemory(command, folder)).toEqual(devices);
  });

  it('finds none where the driver is not loaded, the program fails, or is not there', async () => {
    const command = await program('exit 9');
    expect(await readDeviceMemory(command, join(folder, 'none'))).toEqual([]);
    expect(await readDeviceMemory(command, folder)).toEqual([]);
    expect(await readDeviceMemory(join(folder, 'nobody'), folder)).toEqual([]);
  });
});
