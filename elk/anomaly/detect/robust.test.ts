import fc from 'fast-check';
import { expect, it } from 'vitest';
import { robust } from './robust.ts';

const numbers = fc.array(fc.double({ min: -1000, max: 1000, noNaN: true }), { minLength: 5, maxLength: 60 });

it('stays within the sound numbers when less than half of them are nonsense', () => {
  fc.assert(
    fc.property(numbers, fc.double({ min: 1e6, max: 1e9, noNaN: true }), (sound, nonsense) => {
      const spoilt = [...sound, ...sound.slice(0, Math.floor((sound.length - 1) / 2)).map(() => nonsense)];
      const { center, spread } = robust(spoilt);
      expect(center).toBeGreaterThanOrEqual(Math.min(...sound));
      expect(center).toBeLessThanOrEqual(Math.max(...sound));
      expect(spread).toBeLessThanOrEqual(1.4826 * (Math.max(...sound) - Math.min(...sound)) + 1e-9);
    }),
  );
});

it('tells the standard deviation of normal numbers', () => {
  const quantiles = [-1.2816, -0.8416, -0.5244, -0.2533, 0, 0.2533, 0.5244, 0.8416, 1.2816];
  expect(robust(quantiles.map((quantile) => 10 + 3 * quantile)).spread).toBeCloseTo(3 * 0.5244 * 1.4826, 2);
  expect(robust([]).center).toBeNaN();
});
