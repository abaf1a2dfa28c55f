import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nvidiaSmi, parseDevices } from './nvidia-smi.ts';

const MIB = 1024 * 1024;
// nvidia-smi 580 --query-gpu=uuid,name,memory.total,memory.free --format=csv,noheader,nounits, identifiers masked
const ROWS =
  'GPU-aaaa1111-0000-0000-0000-000000000001, NVIDIA H100 80GB HBM3, 81559, 80995\nGPU-bbbb2222-0000-0000-0000-000000000002, NVIDIA H100 80GB HBM3, 81559, 1024\n';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-smi-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('parseDevices', () => {
  it('reads a row per device', () => {
    expect(parseDevices(ROWS)).toMatchObject({
      kind: 'devices',
      devices: [
        { uuid: 'GPU-aaaa1111-0000-0000-0000-000000000001', totalBytes: 81_559 * MIB, freeBytes: 80_995 * MIB },
        { uuid: 'GPU-bbbb2222-0000-0000-0000-000000000002', freeBytes: 1024 * MIB },
      ],
    });
  });

  it('knows a driver without devices, and believes no answer of another form', () => {
    expect(parseDevices('No devices were found\n')).toEqual({ kind: 'devices', devices: [] });
    expect(parseDevices(`${ROWS}GPU-cccc, broken, [N/A], 1\n`).kind).toBe('unknown');
    expect(parseDevices('Unable to determine the device handle').kind).toBe('unknown');
  });
});

describe.skipIf(process.platform === 'win32')('nvidiaSmi', () => {
  const program = async (body: string): Promise<string> => {
    const path = join(folder, 'nvidia-smi');
    await writeFile(path, `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  };

  it('asks for what it reads', async () => {
    const command = await program(`[ "$2" = --format=csv,noheader,nounits ] && printf '${ROWS}'`);
    expect(await nvidiaSmi(command, folder).read()).toEqual(parseDevices(ROWS));
  });

  it('tells no driver and no program from one that fails', async () => {
    const command = await program('echo "Failed to initialize NVML" >&2; exit 9');
    expect(await nvidiaSmi(command, folder).read()).toMatchObject({ kind: 'unknown' });
    expect(await nvidiaSmi(join(folder, 'nobody'), folder).read()).toEqual({ kind: 'none' });
    if (process.platform === 'linux') {
      expect(await nvidiaSmi(command, join(folder, 'no-driver')).read()).toEqual({ kind: 'none' });
    }
  });
});
