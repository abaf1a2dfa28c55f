import { describe, expect, it } from 'vitest';
import { proposeLimit } from './calibrate.ts';

const gpu = (more: object) =>
  proposeLimit({ id: 'GPU-1', instance: 'box', plateau: 70, minutes: 10_000, slowdown: 90, ...more }, 75);

describe('a limit for a device', () => {
  it('stays where the device is cool enough', () => expect(gpu({ plateau: 68 }).celsius).toBeUndefined());
  it('is above what it does every week', () => expect(gpu({ plateau: 80.2 }).celsius).toBe(86));
  it('is never below the one there is', () => expect(gpu({ plateau: 30 }).celsius).toBeUndefined());
  it('comes before it slows down', () => {
    expect(gpu({ plateau: 83, slowdown: 90 }).celsius).toBe(87);
    expect(gpu({ plateau: 60, slowdown: 75 }).celsius).toBe(72);
  });
  it('says so when it always runs near that', () =>
    expect(gpu({ plateau: 88 })).toMatchObject({ celsius: 87, reason: expect.stringContaining('cooling') }));
  it('needs no limit of the driver', () => expect(gpu({ plateau: 80, slowdown: undefined }).celsius).toBe(85));
  it('needs a day', () =>
    expect(gpu({ plateau: 80, minutes: 1439 })).toMatchObject({ reason: expect.stringContaining('1439 minutes') }));
});
