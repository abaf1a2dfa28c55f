import { describe, expect, it } from 'vitest';
import { capturedMachine, capturedMachines, sightOf } from '../../tests/captured-machine.ts';
import { CHECK_NAMES, type CheckName } from './check.ts';
import { type Report, runDoctor } from './doctor.ts';
import type { Purpose } from './facts.ts';

const MODELS: Readonly<Record<string, string>> = {
  'server-epyc-h100': '/srv/models',
  'docker-limited': '/models',
  'kubernetes-cgroup-v1': '/models',
  'raspberry-pi-5': '/home/pi/.cache/clawdbot/models',
};

const purposeOf = (machine: string): Purpose => ({
  modelsDir: MODELS[machine] ?? '/home/user/.cache/clawdbot/models',
  certificateFile: '/home/user/.local/share/clawdbot/tls/server.crt',
  ports: [
    { port: 8443, setting: 'server.port', isNeeded: true },
    { port: 9464, setting: 'collectors.port', isNeeded: false },
  ],
  isRunning: false,
  missingModelBytes: 98_362_432,
  isRoot: false,
  now: 1_770_000_000,
});

const examine = (machine: string): Promise<Report> => runDoctor(capturedMachine(machine), purposeOf(machine));
const found = ({ checks }: Report, name: CheckName) => checks.find((check) => check.name === name);

describe('the doctor', () => {
  it.each(capturedMachines())('says of %s what is on file', async (machine) => {
    const report = await examine(machine);
    const golden = `../../tests/fixtures/machines/${machine}.json`;
    await expect(`${JSON.stringify(report, null, 2)}\n`).toMatchFileSnapshot(golden);
  });

  it('tells of every check once, in the order of the list', async () => {
    const { checks } = await examine('microvm');
    expect(checks.map(({ name }) => name)).toEqual(CHECK_NAMES);
  });

  it('says why or what to do whenever not all is well, and nothing otherwise', async () => {
    for (const machine of capturedMachines()) {
      for (const check of (await examine(machine)).checks) {
        expect(check.advice === null, `${machine}: ${check.name}`).toBe(check.result === 'pass');
        if (check.result !== 'unknown' && check.name !== 'accelerator_driver') expect(check.measured).not.toBeNull();
      }
    }
  });

  it('sees the limits of a container, not its host', async () => {
    const report = await examine('docker-limited');
    expect(found(report, 'cores')).toMatchObject({ measured: { value: 2 }, result: 'fail' });
    expect(found(report, 'memory')).toMatchObject({ measured: { value: 8_589_934_592 }, result: 'fail' });
    expect(found(report, 'client_addresses')).toMatchObject({ measured: { value: '172.17.0.1' }, result: 'warn' });
  });

  it('sees the limits of control groups of version 1', async () => {
    const report = await examine('kubernetes-cgroup-v1');
    expect(found(report, 'cores')).toMatchObject({ measured: { value: 4 }, result: 'warn' });
    expect(found(report, 'memory')).toMatchObject({ measured: { value: 12_884_901_888 }, result: 'fail' });
  });

  it('finds the disk below encryption, volumes and arrays', async () => {
    const kinds = await Promise.all(
      ['laptop-ryzen-7840u', 'workstation-rtx-4090', 'server-epyc-h100'].map(
        async (machine) => found(await examine(machine), 'disk_type')?.measured?.value,
      ),
    );
    expect(kinds).toEqual(['NVMe SSD', 'NVMe SSD', 'NVMe SSD']);
  });

  it('does not take graphics in the processor for a GPU', async () => {
    expect(found(await examine('laptop-ryzen-7840u'), 'accelerator')?.measured?.value).toBe('none');
  });

  it('finds the GPU of Windows', async () => {
    expect(found(await examine('wsl2-laptop'), 'accelerator')?.measured?.value).toMatch(/RTX 4070/);
  });

  it('tells a driver that fails from a machine without a GPU', async () => {
    const report = await examine('old-desktop');
    expect(found(report, 'accelerator')).toMatchObject({ measured: null, result: 'unknown' });
    expect(found(report, 'accelerator_driver')).toMatchObject({ result: 'fail' });
  });

  it('names the port that another program has', async () => {
    expect(found(await examine('workstation-rtx-4090'), 'ports')).toMatchObject({
      result: 'fail',
      advice: expect.stringContaining('8443 (server.port)'),
    });
  });

  it('has an answer where nothing can be seen, and fails nothing for it', async () => {
    const { checks } = await runDoctor(sightOf(''), purposeOf(''));
    expect(checks.filter(({ result }) => result === 'fail')).toEqual([]);
    expect(
      found({ checks, surroundings: { place: 'machine', product: undefined, kernel: undefined } }, 'cores')?.result,
    ).toBe('unknown');
  });
});
