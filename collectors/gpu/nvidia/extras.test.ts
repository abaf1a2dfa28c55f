import { describe, expect, it } from 'vitest';
import { readApps, readLinks, readSlices, readTraffic } from './extras.ts';
import { readXid } from './xid.ts';

const GPU = 'GPU-aaaa1111-0000-0000-0000-000000000001';

describe('memory by process', () => {
  const owners = { ownerOf: (pid: number) => (pid === 7 ? ({ kind: 'engine', index: 1 } as const) : undefined) };

  it('is ours by its process, and of all others together', () => {
    const samples = readApps(`${GPU}, 7, 1170\n${GPU}, 8, 10\n${GPU}, 9, 20\n`, owners);
    expect(samples.map(({ value, labels }) => [value / 2 ** 20, labels])).toEqual([
      [1170, { 'hw.id': GPU, 'hw.type': 'gpu', 'clawdbot.process': 'engine', 'clawdbot.process.index': 1 }],
      [30, { 'hw.id': GPU, 'hw.type': 'gpu', 'clawdbot.process': 'other', 'clawdbot.process.index': 0 }],
    ]);
  });

  it('is absent where a process tells none, and in lines that are none', () => {
    expect(readApps(`${GPU}, 7, [N/A]\nNo running processes found\n\n`, owners)).toEqual([]);
  });
});

describe('slices', () => {
  it('belong to the device above them', () => {
    const text = `GPU 0: NVIDIA H200 (UUID: ${GPU})\n  MIG 1c.3g.71gb  Device  0: (UUID: MIG-b1)\n  MIG 2c.3g.71gb  Device  1: (UUID: MIG-b2)\nGPU 1: NVIDIA H200 (UUID: GPU-x)\n`;
    expect(readSlices(text)).toMatchObject([
      { id: 'MIG-b1', model: 'MIG 1c.3g.71gb', parent: GPU, health: 'unknown', samples: [] },
      { id: 'MIG-b2', model: 'MIG 2c.3g.71gb', parent: GPU },
    ]);
  });
});

describe('NVLinks', () => {
  it('are counted by state, their speed is summed up', () => {
    const text = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: ${GPU})\n\t Link 0: 26.562 GB/s\n\t Link 1: <inactive>\n\t Link 2: 26.562 GB/s\n`;
    expect(readLinks(text).map(({ key, value }) => [key, value])).toEqual([
      ['nvlinkLinks', 2],
      ['nvlinkLinks', 1],
      ['nvlinkBandwidth', 53.124e9],
    ]);
  });

  it('are absent for a device that has none or does not tell', () => {
    expect(
      readLinks(`GPU 0: NVIDIA H200 (UUID: ${GPU})\nNvlink queries are not supported for Devices in MIG mode\n`),
    ).toEqual([]);
  });
});

describe('what went over NVLinks', () => {
  it('is summed up by device and direction', () => {
    const text = `GPU 0: Tesla V100-SXM3-32GB (UUID: ${GPU})\n\t Link 0: Data Tx: 19241022 KiB\n\t Link 0: Data Rx: 19255516 KiB\n\t Link 1: Data Tx: 1 KiB\n\t Link 1: Data Rx: 0 KiB\nGPU 1: Tesla V100-SXM3-32GB (UUID: GPU-x)\n\t Link 0: Data Tx: N/A\n`;
    expect(readTraffic(text)).toEqual([
      {
        key: 'nvlinkIo',
        value: 19241023 * 1024,
        labels: { 'hw.id': GPU, 'hw.type': 'gpu', 'network.io.direction': 'transmit' },
      },
      {
        key: 'nvlinkIo',
        value: 19255516 * 1024,
        labels: { 'hw.id': GPU, 'hw.type': 'gpu', 'network.io.direction': 'receive' },
      },
    ]);
  });
});

describe('the kernel log', () => {
  it('holds XIDs with the bus address of the device', () => {
    expect(readXid('4,1234,5678,-;NVRM: Xid (PCI:0000:83:00): 79, pid=1, name=x, GPU has fallen off the bus.')).toEqual(
      {
        bus: '0000:83:00',
        code: 79,
      },
    );
    expect(readXid('6,1,2,-;usb 1-1: new device')).toBeUndefined();
  });
});
