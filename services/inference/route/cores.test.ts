import { describe, expect, it } from 'vitest';
import { countCores, threadsFor } from './cores.ts';

const cpu = (processor: number, socket: number, core: number) =>
  `processor\t: ${processor}\nmodel name\t: x\nphysical id\t: ${socket}\ncore id\t\t: ${core}\n`;

describe('counting cores', () => {
  it('counts a core with two hyper-threads once', () => {
    expect(countCores([cpu(0, 0, 0), cpu(1, 0, 1), cpu(2, 0, 0), cpu(3, 0, 1)].join('\n'))).toBe(2);
  });

  it('keeps cores of two sockets apart', () => {
    expect(countCores([cpu(0, 0, 0), cpu(1, 1, 0)].join('\n'))).toBe(2);
  });

  it('does not guess where the file names no cores', () => {
    expect(countCores('processor\t: 0\nBogoMIPS\t: 50.00\n')).toBeUndefined();
  });
});

describe('the threads engines share', () => {
  it.each([
    [1, 1, 1],
    [2, 2, 2],
    [2, 4, 2],
    [3, 3, 2],
    [4, 8, 3],
    [16, 4, 3],
    [undefined, 8, 7],
    [8, 0, 1],
  ])('with %s physical cores and a parallelism of %i are %i', (physical, parallelism, expected) => {
    expect(threadsFor(physical, parallelism)).toBe(expected);
  });
});
