import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOARDS } from '../../alerting/links.ts';
import { readBoards } from '../../dashboards/json-files.ts';
import { type Board, readBoard } from '../../dashboards/lint/board.ts';
import { type Expr, parsePromql, type Selector } from '../../dashboards/lint/promql/parse.ts';
import { namesIn, selectorsOf } from '../../dashboards/lint/promql/walk.ts';
import { type Question, questionsOf } from '../../dashboards/questions/questions.ts';
import { type Cost, costOf } from '../../tests/dashboards/ask.ts';
import { debianProgram, missingProgram } from '../../tests/debian/programs.ts';
import { startTestPrometheus } from '../../tests/prometheus.ts';
import type { Report, SuiteOptions, Table } from '../suite.ts';
import { writePast } from './blocks.ts';
import { type Fleet, seriesNamed } from './fleet.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RAW_STEP_MS = 5000;
const RECORDED_STEP_MS = 60_000;
const RAW_MS = 2 * HOUR_MS;
const FLEET: Fleet = { devices: 16, replicas: 4 };
const MOST_QUERIES = 25;
const MOST_SAMPLES = 3_000_000;
const BOARD = BOARDS.overview.uid;

/** What the first board costs a Prometheus that remembers a month, when somebody looks at all of it. */
export const runDashboardsSuite = async ({ isSmoke, env, say }: SuiteOptions): Promise<Report> => {
  const [prometheus, promtool] = [debianProgram('prometheus', env), debianProgram('promtool', env)];
  if (prometheus === undefined || promtool === undefined) throw new Error(missingProgram('prometheus'));
  const days = isSmoke ? 1 : 30;
  const questions = questionsOf(overview(), { rangeMs: days * DAY_MS, scrapeMs: RAW_STEP_MS, isFolded: true });
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-past-'));
  await using life = new AsyncDisposableStack();
  life.defer(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'tsdb'));
  // Whole minutes, and old enough that Prometheus takes all of it for the past.
  const toMs = Math.floor(Date.now() / 60_000) * 60_000 - RECORDED_STEP_MS;
  const fromMs = toMs - days * DAY_MS;
  const past = await fill({ promtool, dir, questions, fromMs, toMs, say });
  const server = await startTestPrometheus({
    ...{ program: prometheus, config: { scrape_configs: [] }, storage: join(dir, 'tsdb') },
    args: ['--storage.tsdb.retention.time=60d', '--query.max-samples=100000000'],
  });
  life.defer(() => server.stop());
  const costs: Cost[] = [];
  for (const question of questions) {
    const cost = await costOf(question, { url: server.url, fromMs, toMs });
    say(`${question.panel}: ${cost.samples} samples, ${cost.ms.toFixed(0)} ms`);
    costs.push(cost);
  }
  return {
    suite: 'dashboards',
    settings: { board: BOARD, days, ...FLEET, 'recorded s': RECORDED_STEP_MS / 1000, 'raw s': RAW_STEP_MS / 1000 },
    models: [],
    comparisons: [],
    tables: [summary(costs, past), each(costs, days)],
    notes: [
      'samples: those that the engine looked at (`stats=all`); each question is asked once, over the whole time, cold',
      'raw series are there for the last two hours alone; `whole` is what a question that reads ranges of some would look at if they were there all the time',
    ],
  };
};

const overview = (): Board => {
  const board = readBoards()
    .map(readBoard)
    .find(({ uid }) => uid === BOARD);
  if (board === undefined) throw new Error(`no board ${BOARD}`);
  return board;
};

const parsed = ({ expr }: Question): Expr => {
  const read = parsePromql(expr);
  if (!read.ok) throw new Error(`cannot be read: ${expr}`);
  return read.expr;
};

const namesOf = (question: Question): readonly string[] => namesIn(parsed(question));

/** Every sample of a range is looked at; of a series alone, one at each step. */
const rangesOf = (question: Question): readonly Selector[] =>
  selectorsOf(parsed(question)).filter(({ range }) => range !== undefined);

/** What rules record, `ALERTS` included, is remembered for long; the rest for as long as pages are scraped. */
const isRecorded = (name: string): boolean => name.includes(':') || name === 'ALERTS';

interface Filling {
  readonly promtool: string;
  readonly dir: string;
  readonly questions: readonly Question[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly say: (line: string) => void;
}

interface Past {
  readonly recorded: number;
  readonly raw: number;
  readonly samples: number;
}

const fill = async ({ promtool, dir, questions, fromMs, toMs, say }: Filling): Promise<Past> => {
  const names = [...new Set(questions.flatMap(namesOf))];
  const series = (wanted: boolean) =>
    names.filter((name) => isRecorded(name) === wanted).flatMap((name) => seriesNamed(name, FLEET));
  const [recorded, raw] = [series(true), series(false)];
  const unknown = names.filter((name) => seriesNamed(name, FLEET).length === 0);
  if (unknown.length > 0) say(`no past is made for ${unknown.join(', ')}`);
  say(`writing ${recorded.length} recorded and ${raw.length} raw series`);
  const long = await writePast(promtool, dir, { series: recorded, fromMs, toMs, stepMs: RECORDED_STEP_MS });
  const short = await writePast(promtool, dir, { series: raw, fromMs: toMs - RAW_MS, toMs, stepMs: RAW_STEP_MS });
  return { recorded: recorded.length, raw: raw.length, samples: long + short };
};

const summary = (costs: readonly Cost[], { recorded, raw, samples }: Past): Table => ({
  title: 'The board when it is opened',
  columns: ['what', 'found', 'at most', 'over'],
  rows: [
    ['queries', costs.length, MOST_QUERIES, over(costs.length > MOST_QUERIES)],
    ['samples of the dearest', Math.max(0, ...costs.map((one) => one.samples)), MOST_SAMPLES, ''],
    ['ms of all, one after the other', sum(costs.map(({ ms }) => ms)), null, ''],
    ['series recorded, raw', `${recorded}, ${raw}`, null, ''],
    ['samples stored', samples, null, ''],
  ],
});

const over = (isOver: boolean): string => (isOver ? 'OVER' : '');
const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0);

const each = (costs: readonly Cost[], days: number): Table => ({
  title: 'Each question',
  columns: ['panel', 'query', 'step s', 'series', 'samples', 'whole', 'ms', 'over'],
  rows: costs
    .toSorted((one, other) => other.samples - one.samples)
    .map(({ question, series, samples, ms }) => {
      const isThere = question.isInstant || rangesOf(question).every(({ name }) => isRecorded(name));
      const whole = isThere ? samples : Math.round((samples * days * DAY_MS) / RAW_MS);
      const step = question.isInstant ? 'now' : question.stepMs / 1000;
      return [question.panel, question.refId, step, series, samples, whole, ms, over(whole > MOST_SAMPLES)];
    }),
});
