import { execFile } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { HistorySeries } from './fleet.ts';

const run = promisify(execFile);

/** A stretch of the past with a sample of every series at each step. */
export interface Stretch {
  readonly series: readonly HistorySeries[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

const DAY_MS = 86_400_000;
const CHUNK = 1 << 20;

/**
 * Writes the past into the storage folder of a Prometheus, one call of promtool for each day: each call reads its whole
 * file again for every two hours in it, so that a month in one call would cost thirty times as much.
 */
export const writePast = async (promtool: string, dir: string, stretch: Stretch): Promise<number> => {
  const file = join(dir, 'past.om');
  let samples = 0;
  for (let from = stretch.fromMs; from < stretch.toMs; from += DAY_MS) {
    const part = { ...stretch, fromMs: from, toMs: Math.min(from + DAY_MS, stretch.toMs) };
    samples += writeText(file, part, stretch.fromMs);
    await run(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', file, join(dir, 'tsdb')], {
      maxBuffer: 1 << 26,
    });
  }
  rmSync(file, { force: true });
  return samples;
};

/** OpenMetrics, one series after the other. */
const writeText = (path: string, { series, fromMs, toMs, stepMs }: Stretch, sinceMs: number): number => {
  const file = openSync(path, 'w');
  let text = '';
  let samples = 0;
  series.forEach((one, index) => {
    const head = `${one.name}{${Object.entries(one.labels)
      .map(([label, value]) => `${label}="${value}"`)
      .join(',')}} `;
    for (let at = fromMs; at < toMs; at += stepMs) {
      text += `${head}${sampleAt(one, index, (at - sinceMs) / 1000)} ${at / 1000}\n`;
      samples += 1;
      if (text.length < CHUNK) continue;
      writeSync(file, text);
      text = '';
    }
  });
  writeSync(file, `${text}# EOF\n`);
  closeSync(file);
  return samples;
};

const HOUR_SECONDS = 3600;

/** Never the same twice in a row, so that nothing compresses better than what is real. */
const sampleAt = ({ isCounter, share }: HistorySeries, index: number, seconds: number): string => {
  const wave = 1 + Math.sin((seconds / HOUR_SECONDS + index) * 1.7) / 2;
  return isCounter ? Math.round(seconds * (1 + (index % 7)) * share).toString() : (wave * share * 0.6).toFixed(5);
};
