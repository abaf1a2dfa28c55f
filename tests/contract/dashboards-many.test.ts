import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { BOARDS } from '../../alerting/links.ts';
import { type HistorySeries, seriesNamed } from '../../bench/dashboards/fleet.ts';
import { readBoards } from '../../dashboards/json-files.ts';
import { type Board, readBoard } from '../../dashboards/lint/board.ts';
import { parsePromql } from '../../dashboards/lint/promql/parse.ts';
import { namesIn } from '../../dashboards/lint/promql/walk.ts';
import { type Question, questionsOf } from '../../dashboards/questions/questions.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';

const promtool = debianProgram('promtool');
const dir = mkdtempSync(join(tmpdir(), 'clawdbot-many-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const boards = readBoards().map(readBoard);
const hardware = boards.find(({ uid }) => uid === BOARDS.hardware.uid) as Board; // the byte test finds one that is missing
const VIEWING = { rangeMs: 1_800_000, scrapeMs: 5000 };
const SHOWN = 10;

const asked = (title: string, values: Readonly<Record<string, string>> = {}): readonly Question[] =>
  questionsOf(hardware, { ...VIEWING, values }).filter(({ panel }) => panel === title);

const namesOf = ({ expr }: Question): readonly string[] => {
  const parsed = parsePromql(expr);
  return parsed.ok ? namesIn(parsed.expr) : [];
};

/** A line of a test file of promtool: each series has a value of its own, a sample a minute. */
const inputOf = ({ name, labels }: HistorySeries, index: number) => ({
  series: `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`,
  values: `${index + 1}+0x40`,
});

/** What promtool says against so many series of each question in a fleet of so many devices; nothing where that is so. */
const saidOf = (questions: readonly Question[], devices: number, series: number): string => {
  const names = [...new Set(questions.flatMap(namesOf))];
  const file = join(dir, `${devices}-${series}.yml`);
  const test = {
    interval: '1m',
    input_series: names.flatMap((name) => seriesNamed(name, { devices, replicas: Math.min(devices, 4) }).map(inputOf)),
    promql_expr_test: questions.map(({ expr }) => ({
      ...{ expr: `count(${expr})`, eval_time: '30m', exp_samples: [{ labels: '{}', value: series }] },
    })),
  };
  writeFileSync(file, stringify({ evaluation_interval: '1m', tests: [test] }, { lineWidth: 0 }));
  const { status, stdout, stderr } = spawnSync(promtool ?? '', ['test', 'rules', file], { encoding: 'utf8' });
  return status === 0 ? '' : stdout + stderr;
};

/** Panels with a line for each device. */
const lined = hardware.panels
  .filter(
    ({ type, targets }) => type === 'timeseries' && targets.some(({ legendFormat }) => legendFormat === '{{hw_id}}'),
  )
  .map(({ title }) => title);

describe.each([1, 200])('the board of the hardware with %d accelerators', (devices) => {
  it('draws a line for each, but no more than ten', ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    expect(lined.length).toBeGreaterThan(3);
    expect(
      saidOf(
        lined.flatMap((title) => asked(title)),
        devices,
        Math.min(devices, SHOWN),
      ),
    ).toBe('');
  });

  it('lists every one of them', ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    const questions = asked('Every accelerator now');
    expect(questions.length).toBeGreaterThan(3);
    expect(saidOf(questions, devices, devices)).toBe('');
  });

  it('has a panel for each that asks about that one alone', ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    const questions = asked('Device $hw_id', { hw_id: 'GPU-0000' });
    expect(questions.length).toBeGreaterThan(3);
    expect(saidOf(questions, devices, 1)).toBe('');
  });
});

it('would be told of one line more', ({ skip }) => {
  if (promtool === undefined) return skip(missingProgram('promtool'));
  expect(saidOf(asked(lined[0] ?? ''), 200, SHOWN + 1)).toContain('FAILED');
});

it('keeps the panels of single accelerators folded away, four in a row', () => {
  const rows = hardware.panels.filter(({ panels }) => panels.some(({ repeat }) => repeat === 'hw_id'));
  expect(rows.map(({ collapsed }) => collapsed)).toEqual([true]);
  expect(hardware.panels.filter(({ repeat }) => repeat === 'hw_id')).toEqual([]);
  expect(rows.flatMap(({ panels }) => panels).find(({ repeat }) => repeat === 'hw_id')).toMatchObject({ maxPerRow: 4 });
});
