import { describe, expect, it } from 'vitest';
import { runAblationSuite } from '../../bench/ablation/suite.ts';
import { runCeilingSuite } from '../../bench/ceiling/suite.ts';
import { runCollectorsSuite } from '../../bench/collectors/suite.ts';
import { runDashboardsSuite } from '../../bench/dashboards/suite.ts';
import { REFUSALS } from '../../bench/gateway/refusals.ts';
import { runGatewaySuite } from '../../bench/gateway/suite.ts';
import { TARGETS } from '../../bench/gateway/targets.ts';
import { runLogsSuite } from '../../bench/logs/suite.ts';
import { PHASES as OUTAGE_PHASES } from '../../bench/outage/phase.ts';
import { runOutageSuite } from '../../bench/outage/suite.ts';
import { PEER_CASES } from '../../bench/peer/cases.ts';
import { runPeerSuite } from '../../bench/peer/suite.ts';
import { printReport } from '../../bench/print.ts';
import { REDACT_CASES, runRedactSuite } from '../../bench/redact/suite.ts';
import { runSoakSuite } from '../../bench/soak/suite.ts';
import type { Report, SuiteOptions } from '../../bench/suite.ts';
import { runTelemetrySuite } from '../../bench/telemetry/suite.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';

/** One short round on the small model: it shows that a suite works, and no figure of it means anything. */
const smoke = (more: Partial<SuiteOptions> = {}): SuiteOptions => ({
  ...{ isSmoke: true, minutes: 0.01, threads: 1, minRounds: 1, maxRounds: 1, models: ['15m'] },
  ...{ env: process.env, say: () => {} },
  ...more,
});

const expectFigures = ({ comparisons, tables }: Report): void => {
  for (const one of comparisons) {
    expect(one.ours, `${one.case} ${one.measure}`).toBeGreaterThanOrEqual(0);
    // A ratio to nothing is none: in so short a run half of the gaps of the other side may be 0.
    if (one.theirs !== 0) expect(one.estimate.median, `${one.case} ${one.measure}`).not.toBeNaN();
  }
  const numbers = tables.flatMap(({ rows }) => rows.flat()).filter((cell) => typeof cell === 'number');
  expect(numbers.filter(Number.isNaN)).toEqual([]);
};

describe('the benches', () => {
  it('peer: compares both sides in every case, here with a second Clawdbot', async () => {
    const report = await runPeerSuite(smoke({ peer: 'clawdbot' }));
    expect(new Set(report.comparisons.map((one) => one.case))).toEqual(new Set(PEER_CASES.map(({ name }) => name)));
    expectFigures(report);
    expect(printReport(report)).toContain('prefix-cold');
  });

  it('ceiling: drives the engine without a gateway', async () => {
    const report = await runCeilingSuite(smoke({ peer: 'clawdbot', cases: ['p1', 'p4', 'full-pool-p4'] }));
    expect(report.comparisons.map((one) => one.case)).toEqual(['p1', 'p4', 'full-pool-p4']);
    expectFigures(report);
  });

  it('gateway: measures every part on top of the one before', async () => {
    const report = await runGatewaySuite(smoke());
    for (const { rows } of report.tables) expect(rows.map(([target]) => target)).toEqual([...TARGETS]);
    expectFigures(report);
  });

  it('gateway: refuses for every reason, beside a bare server that answers the same', async () => {
    const report = await runGatewaySuite(smoke({ cases: REFUSALS.map(({ name }) => name) }));
    expect(report.tables.map(({ rows }) => rows.map(([name]) => name))).toEqual([REFUSALS.map(({ name }) => name)]);
    expectFigures(report);
  });

  it('ablation: adds the optimisations one by one and reads what memory each takes', async () => {
    const report = await runAblationSuite(smoke());
    expect(report.tables[0]?.rows.map(([step]) => step)).toEqual(['naive', '+ coalescing', '+ response cache']);
    const memory = report.comparisons.find(({ measure }) => measure === 'memory MiB');
    expect(memory?.estimate.median).toBeGreaterThan(0);
    expect(memory?.estimate.median).toBeLessThan(1);
    expectFigures(report);
  });

  it('collectors: measures what they cost, and how late they give up', async () => {
    const report = await runCollectorsSuite(smoke());
    expect(report.tables.map(({ rows }) => rows.map(([first]) => first))).toEqual([
      ['tail'],
      ['hang'],
      ['ascend', 'amd'],
    ]);
    expectFigures(report);
  });

  it('telemetry: runs the same service with and without it', async () => {
    const report = await runTelemetrySuite(smoke());
    expect(report.comparisons.map(({ measure }) => measure)).toEqual([
      ...['longest block ms', 'whole ms', 'CPU us/request'],
      ...['CPU ms/token', 'tokens/s'],
    ]);
    expect(report.comparisons[4]?.estimate.median).toBeGreaterThan(0);
  });

  it('redact: times prompts, hostile bodies and streams, and the service with redaction on and off', async () => {
    const report = await runRedactSuite(smoke({ cases: REDACT_CASES }));
    const measures = new Set(report.comparisons.map(({ measure }) => measure));
    for (const measure of ['us per 2 kB prompt', 'ms per hostile MB', 'delay p50 tokens', 'CPU ms/token']) {
      expect(measures).toContain(measure);
    }
    expectFigures(report);
  });

  it('logs: measures what writing them costs', async () => {
    const report = await runLogsSuite(smoke({ cases: ['writing'] }));
    expect(report.comparisons.map(({ model, measure }) => `${model}: ${measure}`)).toEqual([
      ...['scripted', '15m'].flatMap((model) => [`${model}: CPU us/request`, `${model}: CPU us/request, added`]),
      'a line alone: CPU us/line',
    ]);
    expectFigures(report);
  });

  it('outage: goes through all phases with one service', async () => {
    const report = await runOutageSuite(smoke());
    for (const { rows } of report.tables)
      expect(rows.map(([phase]) => phase)).toEqual(OUTAGE_PHASES.map(({ name }) => name));
    expectFigures(report);
  });

  it('dashboards: asks everything that the first board asks', async ({ skip }) => {
    for (const program of ['prometheus', 'promtool'] as const) {
      if (debianProgram(program) === undefined) return skip(missingProgram(program));
    }
    const report = await runDashboardsSuite(smoke());
    const [summary, each] = report.tables;
    expect(each?.rows.length).toBe(summary?.rows[0]?.[1]);
    // Some ask for what is wrong, which nothing is.
    const answered = each?.rows.filter(([, , , series]) => Number(series) > 0) ?? [];
    expect(answered.length).toBeGreaterThan((each?.rows.length ?? 0) / 2);
    expectFigures(report);
  });

  it('soak: looks at what is held after parts of so many requests', async () => {
    const report = await runSoakSuite(smoke({ requests: 200 }));
    expect(report.tables[1]?.rows.map(([requests]) => requests).at(-1)).toBe(200);
    expectFigures(report);
  });

  it('soak: watches all processes of the service', async () => {
    const report = await runSoakSuite(smoke());
    const whole = new Map(report.tables[0]?.rows.map(([measure, value]) => [measure, value]));
    expect(whole.get('answer tokens')).toBeGreaterThan(0);
    expect(whole.get('handles, first and last')).not.toMatch(/^0 /);
    expectFigures(report);
  });
});
