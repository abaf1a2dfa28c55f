import { describe, expect, it } from 'vitest';
import { runAblationSuite } from '../../bench/ablation/suite.ts';
import { runCeilingSuite } from '../../bench/ceiling/suite.ts';
import { runCollectorsSuite } from '../../bench/collectors/suite.ts';
import { REFUSALS } from '../../bench/gateway/refusals.ts';
import { runGatewaySuite } from '../../bench/gateway/suite.ts';
import { TARGETS } from '../../bench/gateway/targets.ts';
import { PEER_CASES } from '../../bench/peer/cases.ts';
import { runPeerSuite } from '../../bench/peer/suite.ts';
import { printReport } from '../../bench/print.ts';
import { REDACT_CASES, runRedactSuite } from '../../bench/redact/suite.ts';
import { runSoakSuite } from '../../bench/soak/suite.ts';
import type { Report, SuiteOptions } from '../../bench/suite.ts';
import { runTelemetrySuite } from '../../bench/telemetry/suite.ts';

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
    const report = await runCeilingSuite(smoke({ peer: 'clawdbot', cases: ['p1', 'p4'] }));
    expect(report.comparisons.map((one) => one.case)).toEqual(['p1', 'p4']);
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
    expect(report.tables.map(({ rows }) => rows.map(([first]) => first))).toEqual([['tail'], ['hang']]);
    expectFigures(report);
  });

  it('telemetry: runs the same service with and without it', async () => {
    const report = await runTelemetrySuite(smoke());
    expect(report.comparisons.map(({ measure }) => measure)).toEqual(['CPU ms/token', 'tokens/s']);
    expect(report.comparisons[1]?.estimate.median).toBeGreaterThan(0);
  });

  it('redact: times prompts, hostile bodies and streams, and the service with redaction on and off', async () => {
    const report = await runRedactSuite(smoke({ cases: REDACT_CASES }));
    const measures = new Set(report.comparisons.map(({ measure }) => measure));
    for (const measure of ['us per 2 kB prompt', 'ms per hostile MB', 'delay p50 tokens', 'CPU ms/token']) {
      expect(measures).toContain(measure);
    }
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
