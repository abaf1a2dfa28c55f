import { describe, expect, it } from 'vitest';
import { COLOURS, type Colour } from './colours.ts';

type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

const linear = (byte: number): number =>
  byte / 255 <= 0.03928 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4;
const channel = (hex: string, at: number): number => linear(Number.parseInt(hex.slice(at, at + 2), 16));
const rgbOf = (hex: string): Rgb => [channel(hex, 1), channel(hex, 3), channel(hex, 5)];
const dot = ([a, b, c]: Rgb, [x, y, z]: Rgb): number => a * x + b * y + c * z;

/** WCAG 2.2. */
const luminance = (hex: string): number => dot([0.2126, 0.7152, 0.0722], rgbOf(hex));
const contrast = (one: string, other: string): number => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
};

/** What those see who lack one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1. */
const SIGHTS: Readonly<Record<string, Matrix>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'without red': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'without green': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  'without blue': [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIELAB under D65: distances in it are about what an eye tells apart. */
const labOf = (rgb: Rgb): Rgb => {
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f(dot([0.4124, 0.3576, 0.1805], rgb) / 0.95047);
  const y = f(dot([0.2126, 0.7152, 0.0722], rgb));
  const z = f(dot([0.0193, 0.1192, 0.9505], rgb) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
};
const clamp = (value: number): number => Math.min(1, Math.max(0, value));
const seen = (hex: string, [red, green, blue]: Matrix): Rgb => {
  const rgb = rgbOf(hex);
  return labOf([clamp(dot(red, rgb)), clamp(dot(green, rgb)), clamp(dot(blue, rgb))]);
};
const distance = (one: string, other: string, sight: Matrix): number => {
  const [a, b] = [seen(one, sight), seen(other, sight)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
};

const WHITE = '#FFFFFF';
/** The background of panels in the dark theme of Grafana. */
const DARK = '#181B1F';
/** Colours that meet in one panel. */
const TOGETHER: readonly (readonly Colour[])[] = [
  ['good', 'worse', 'bad', 'timedOut', 'refused', 'neutral'],
  ['usual', 'slow', 'slowest', 'bad'],
  ['input', 'output', 'good'],
];
/** About five times what an eye just tells apart. */
const APART = 12;

describe('the colours', () => {
  it.each(Object.entries(COLOURS))('%s stands out from a light and from a dark background', (_, hex) => {
    expect(contrast(hex, WHITE)).toBeGreaterThanOrEqual(3);
    expect(contrast(hex, DARK)).toBeGreaterThanOrEqual(3);
  });

  it.each(Object.entries(SIGHTS))('that meet in one panel stay apart for eyes: %s', (_, sight) => {
    for (const group of TOGETHER) {
      const pairs = group.flatMap((one, at) => group.slice(at + 1).map((other) => [one, other] as const));
      for (const [one, other] of pairs) {
        expect(distance(COLOURS[one], COLOURS[other], sight), `${one} and ${other}`).toBeGreaterThan(APART);
      }
    }
  });

  it('are all different', () => {
    const all = Object.values(COLOURS);
    expect(new Set(all).size).toBe(all.length);
  });
});
