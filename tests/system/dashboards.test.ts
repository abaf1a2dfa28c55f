import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tuningOf } from '../../alerting/rules/tuning.ts';
import { PROFILES } from '../../cli/drills/profile.ts';
import { openPlace, type Place } from '../../cli/drills/stack/folder.ts';
import { type Stack, startStack } from '../../cli/drills/stack/stack.ts';
import { configSchema } from '../../core/config/schema.ts';
import { METRICS, type MetricRow } from '../../core/telemetry/metrics.ts';
import { wireName } from '../../core/telemetry/wire-name.ts';
import type { Cost } from '../dashboards/ask.ts';
import { ABSENT, ABSENT_BY_MACHINE, BY_MACHINE, EMPTY } from '../dashboards/empty.ts';
import { EVENTFUL, makeEventful, prepareEventful, tracedBy } from '../dashboards/eventful.ts';
import {
  askAll,
  askTraces,
  boardQuestions,
  nameOf,
  namesAskedBy,
  ruleQuestions,
  saySlowest,
} from '../dashboards/proof.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';
import { type OtlpSink, startOtlpSink } from '../otlp/sink.ts';

const profile = PROFILES.fast;
const { recorded, alerting } = ruleQuestions(tuningOf(configSchema.parse({ ...profile.settings, ...EVENTFUL })));
const boards = boardQuestions().filter(({ isPointer }) => !isPointer);
const pointers = boardQuestions().filter(({ isPointer }) => isPointer);

const missing = (['prometheus', 'alertmanager'] as const).find((program) => debianProgram(program) === undefined);

let sink: OtlpSink;
let place: Place;
let stack: Stack;
beforeAll(async () => {
  if (missing !== undefined) return;
  place = await openPlace();
  await prepareEventful(place);
  sink = await startOtlpSink();
  const { signal } = new AbortController();
  const settings = { ...EVENTFUL, ...tracedBy(sink.endpoint) };
  stack = await startStack({ place, profile, settings, minutes: 1, signal });
  await makeEventful(stack);
});
afterAll(async () => {
  await place?.life.disposeAsync();
  await sink?.stop();
});

const hasSeries = ({ series }: Cost): boolean => series > 0;

/** Several rules may write parts of one series: one of them is enough. */
const emptyAmong = (costs: readonly Cost[]): readonly string[] => {
  const filled = new Set(costs.filter(hasSeries).map(({ question }) => nameOf(question)));
  return costs.map(({ question }) => nameOf(question)).filter((name) => !filled.has(name));
};

/** Asks each until it has an answer, or may go without one. The last answers, whatever they are, when the time is over. */
const askUntilFilled = async (questions: typeof boards): Promise<readonly Cost[]> => {
  const mayBeEmpty = { ...EMPTY, ...BY_MACHINE };
  const answered: Cost[] = [];
  let open: readonly Cost[] = [];
  await stack
    .until('every question is answered', async () => {
      const asked = open.length === 0 ? questions : open.map(({ question }) => question);
      const costs = await askAll(stack.prometheus.url, asked);
      answered.push(...costs.filter(hasSeries));
      open = costs.filter((cost) => !hasSeries(cost));
      return emptyAmong([...answered, ...open]).every((name) => name in mayBeEmpty) || undefined;
    })
    .catch((error: unknown) => console.error(error, stack.supervisor.lastWords()));
  return [...answered, ...open];
};

const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort();
const without = (names: readonly string[], others: object): readonly string[] =>
  names.filter((name) => !(name in others));

describe('in a service to which everything happens', () => {
  it('every question of the boards and every recorded series has an answer, but those that are listed', async ({
    skip,
  }) => {
    if (missing !== undefined) return skip(missingProgram(missing));
    const costs = await askUntilFilled([...boards, ...recorded]);
    expect(sorted(without(emptyAmong(costs), BY_MACHINE))).toEqual(sorted(Object.keys(EMPTY)));
    console.log(saySlowest(costs));
  });

  it('every point in a picture leads to a trace that is kept', async ({ skip }) => {
    if (missing !== undefined) return skip(missingProgram(missing));
    expect(pointers.length).toBeGreaterThan(2);
    for (const question of pointers) {
      const led = await stack.until(`${question.panel} leads to a trace`, async () => {
        const kept = new Set(sink.spans.map(({ traceId }) => traceId));
        return (await askTraces(stack.prometheus.url, question)).find((traceId) => kept.has(traceId));
      });
      expect(led).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  it('every condition of an alert can be computed', async ({ skip }) => {
    if (missing !== undefined) return skip(missingProgram(missing));
    const costs = await askAll(stack.prometheus.url, alerting);
    expect(costs).toHaveLength(alerting.length);
  });

  it('every metric that they name, and every one of the catalogue, is there, but those that are listed', async ({
    skip,
  }) => {
    if (missing !== undefined) return skip(missingProgram(missing));
    const answer = await fetch(new URL('/api/v1/label/__name__/values', stack.prometheus.url));
    const { data } = (await answer.json()) as { data: string[] }; // its documented answer
    const there = new Set(data);
    const rows: readonly MetricRow[] = Object.values(METRICS);
    const named = [
      ...[...boards, ...recorded, ...alerting].flatMap(namesAskedBy),
      ...rows.map((row) => (row.kind === 'histogram' ? `${wireName(row)}_count` : wireName(row))),
    ];
    const absent = sorted(named.filter((name) => !there.has(name)));
    expect(without(absent, ABSENT_BY_MACHINE)).toEqual(sorted(Object.keys(ABSENT)));
  });
});
