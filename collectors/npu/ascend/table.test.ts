import { describe, expect, it } from 'vitest';
import { readTable } from './table.ts';

// From public write-ups of `npu-smi info` (24.1.0 with HBM, 23.0.0 and 25.3.rc1 without); not taken from hardware of ours.
const WITH_HBM = `
+------------------------------------------------------------------------------------------------+
| npu-smi 24.1.0                   Version: 24.1.0                                               |
+---------------------------+---------------+----------------------------------------------------+
| NPU   Name                | Health        | Power(W)    Temp(C)           Hugepages-Usage(page)|
| Chip                      | Bus-Id        | AICore(%)   Memory-Usage(MB)  HBM-Usage(MB)        |
+===========================+===============+====================================================+
| 0     910B                | OK            | 70.0        34                0    / 0             |
| 0                         | 0000:C1:00.0  | 12          1197 / 13553      1365 / 32768         |
+===========================+===============+====================================================+
| 1     910B                | Alarm         | 66.9        91                0    / 0             |
| 0                         | 0000:81:00.0  | 0           0    / 0          4    / 32768         |
+===========================+===============+====================================================+
+---------------------------+---------------+----------------------------------------------------+
| NPU     Chip              | Process id    | Process name             | Process memory(MB)      |
+===========================+===============+====================================================+
| 0       0                 | 4711          | python3                  | 1024                    |
`;
const WITHOUT_HBM = `
+--------------------------------------------------------------------------------------------------------+
| npu-smi 25.3.rc1                                 Version: 25.3.rc1                                     |
+-------------------------------+-----------------+------------------------------------------------------+
| NPU     Name                  | Health          | Power(W)     Temp(C)           Hugepages-Usage(page) |
| Chip    Device                | Bus-Id          | AICore(%)    Memory-Usage(MB)                        |
+===============================+=================+======================================================+
| 6       310P3                 | OK              | NA           50                0     / 0             |
| 0       0                     | 0000:84:00.0    | 0            1839 / 21525                            |
+===============================+=================+======================================================+
| No running processes found in NPU 6                                                                    |
`;

const valuesOf = (text: string) =>
  readTable(text)?.map(({ id, model, health, driverVersion, samples }) => ({
    ...{ id, model, health, driverVersion },
    values: Object.fromEntries(samples.map(({ key, value }) => [key, value])),
  }));

describe('the table of npu-smi', () => {
  it('tells each chip by its bus address, with the memory it computes from', () => {
    expect(valuesOf(WITH_HBM)).toEqual([
      {
        ...{ id: 'npu-0000:c1:00.0', model: 'Ascend 910B', health: 'ok', driverVersion: '24.1.0' },
        values: {
          ...{ power: 70, temperature: 34, gpuUtilization: 0.12 },
          ...{ gpuMemoryUsage: 1365 * 2 ** 20, gpuMemoryLimit: 32_768 * 2 ** 20 },
        },
      },
      {
        ...{ id: 'npu-0000:81:00.0', model: 'Ascend 910B', health: 'failed', driverVersion: '24.1.0' },
        values: {
          ...{ power: 66.9, temperature: 91, gpuUtilization: 0 },
          ...{ gpuMemoryUsage: 4 * 2 ** 20, gpuMemoryLimit: 32_768 * 2 ** 20 },
        },
      },
    ]);
  });

  it('leaves out what says NA, and reads the memory of chips without HBM', () => {
    const [chip] = valuesOf(WITHOUT_HBM) ?? [];
    expect(chip?.values).toEqual({
      ...{ temperature: 50, gpuUtilization: 0, gpuMemoryUsage: 1839 * 2 ** 20 },
      gpuMemoryLimit: 21_525 * 2 ** 20,
    });
  });

  it('is not believed in another form', () => {
    expect(readTable('dcmi module initialize failed. ret is -8005')).toBeUndefined();
    expect(readTable(WITH_HBM.slice(0, WITH_HBM.indexOf('| 0     910B')))).toEqual([]);
  });

  it('cut anywhere gives chips of the whole table, or none', () => {
    const whole = JSON.stringify(readTable(WITH_HBM));
    for (let end = 0; end < WITH_HBM.length; end += 7) {
      for (const chip of readTable(WITH_HBM.slice(0, end)) ?? []) expect(whole).toContain(JSON.stringify(chip));
    }
  });
});
