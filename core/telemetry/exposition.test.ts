import { expect, test } from 'vitest';
import { closedCombinations } from './labels.ts';
import { METRICS } from './metrics.ts';
import { createTelemetry } from './telemetry.ts';

const MODELS = Array.from({ length: 8 }, (_, at) => `m${at}`);
const known = { 'gen_ai.request.model': MODELS };

/** Renders so many series of one histogram, and counts how often others had their turn meanwhile. */
const turnsWhile = async (series: number): Promise<{ readonly turns: number; readonly lines: number }> => {
  const telemetry = createTelemetry({ serviceName: 'test', version: '0', known });
  const combinations = closedCombinations(METRICS.requestDuration, known).slice(0, series);
  expect(combinations.length).toBe(series);
  for (const labels of combinations) telemetry.record('requestDuration', 1, labels);
  let [turns, isOver] = [0, false];
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const text = await telemetry.expose();
  isOver = true;
  await telemetry.stop();
  return { turns, lines: text.split('\n').filter((line) => line.includes('request_duration_seconds_count')).length };
};

test('a scrape of many series lets others have their turn, the oftener the more there are', async () => {
  const [few, many] = [await turnsWhile(300), await turnsWhile(1200)];
  expect([few.lines, many.lines]).toEqual([300, 1200]);
  expect(few.turns).toBeGreaterThanOrEqual(3);
  expect(many.turns - few.turns).toBeGreaterThanOrEqual(8);
});
