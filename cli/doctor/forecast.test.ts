import { describe, expect, it } from 'vitest';
import { calibrate, forecastWith, forecastWithout, type ModelShape, type Roofline, stepSeconds } from './forecast.ts';

const SMALL: ModelShape = { weightsBytes: 98e6, parameters: 134.5e6, layers: 30 };
const LARGE: ModelShape = { weightsBytes: 4.9e9, parameters: 8e9, layers: 32 };
const MACHINE: Roofline = { bytesPerSecond: 40e9, secondsPerWeight: 5e-12, secondsPerLayer: 60e-6 };
const stepsOf = (machine: Roofline, shape: ModelShape) =>
  [1, 8, 16].map((sequences) => ({ sequences, seconds: stepSeconds(machine, shape, sequences) }));

describe('the forecast', () => {
  it('finds a machine again in the steps it took', () => {
    const found = calibrate(SMALL, stepsOf(MACHINE, SMALL), MACHINE.bytesPerSecond);
    expect(found.secondsPerWeight).toBeCloseTo(MACHINE.secondsPerWeight, 14);
    expect(found.secondsPerLayer).toBeCloseTo(MACHINE.secondsPerLayer, 7);
    expect(stepSeconds(found, LARGE, 1)).toBeCloseTo(stepSeconds(MACHINE, LARGE, 1), 5);
  });

  it('is bound by bandwidth for a large model and by the fixed cost for a small one', () => {
    expect(stepSeconds(MACHINE, LARGE, 1)).toBeCloseTo(LARGE.weightsBytes / MACHINE.bytesPerSecond, 1);
    expect(SMALL.weightsBytes / MACHINE.bytesPerSecond).toBeLessThan(stepSeconds(MACHINE, SMALL, 1) * 0.75);
  });

  it('reproduces the step it was calibrated with, also where that was faster than the measured bandwidth', () => {
    const steps = stepsOf(MACHINE, SMALL);
    const found = calibrate(SMALL, steps, 1e9);
    expect(stepSeconds(found, SMALL, 1)).toBeCloseTo(steps[0]?.seconds ?? 0, 9);
    expect(found.secondsPerLayer).toBe(0);
  });

  it('has no cost below nothing when noise turns the steps around', () => {
    const found = calibrate(
      SMALL,
      [
        { sequences: 1, seconds: 0.01 },
        { sequences: 4, seconds: 0.09 },
        { sequences: 8, seconds: 0.08 },
      ],
      40e9,
    );
    expect(found.secondsPerWeight).toBe(0);
    expect(forecastWith(found, LARGE, 1).expected).toBeGreaterThan(0);
  });

  it('gives a range and no number without calibration', () => {
    const { expected, low, high } = forecastWithout(40e9, LARGE);
    expect(expected).toBeUndefined();
    expect(low).toBeLessThan(high);
    expect(high).toBeLessThan(40e9 / LARGE.weightsBytes);
  });
});
