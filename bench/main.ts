import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { printReport } from './print.ts';
import { saveReport } from './results.ts';
import type { Report, SuiteOptions } from './suite.ts';

/** `npm run bench -- <suite>`: one loader per suite. */
const SUITES: Readonly<Record<string, (options: SuiteOptions) => Promise<Report>>> = {
  peer: async (options) => (await import('./peer/suite.ts')).runPeerSuite(options),
  gateway: async (options) => (await import('./gateway/suite.ts')).runGatewaySuite(options),
  ceiling: async (options) => (await import('./ceiling/suite.ts')).runCeilingSuite(options),
  ablation: async (options) => (await import('./ablation/suite.ts')).runAblationSuite(options),
  telemetry: async (options) => (await import('./telemetry/suite.ts')).runTelemetrySuite(options),
  collectors: async (options) => (await import('./collectors/suite.ts')).runCollectorsSuite(options),
  redact: async (options) => (await import('./redact/suite.ts')).runRedactSuite(options),
  outage: async (options) => (await import('./outage/suite.ts')).runOutageSuite(options),
  anomaly: async (options) => (await import('./anomaly/suite.ts')).runAnomalySuite(options),
  dashboards: async (options) => (await import('./dashboards/suite.ts')).runDashboardsSuite(options),
  logs: async (options) => (await import('./logs/suite.ts')).runLogsSuite(options),
  doctor: async (options) => (await import('./doctor/suite.ts')).runDoctorSuite(options),
  soak: async (options) => (await import('./soak/suite.ts')).runSoakSuite(options),
};

const USAGE = `usage: npm run bench -- <suite> [options]
       npm run bench -- render

suites: ${Object.keys(SUITES).join(', ')}
render writes docs/performance.md, its plots and the figures of docs/anomaly.md from bench/results/

--minutes N      time budget (default 20); rounds go on until the intervals are narrow or it is over
--threads N      compute threads of every engine (default: one per core)
--requests N     soak: so many small requests to a scripted engine, none like another, at most for --minutes where given
--rounds N       exactly so many rounds
--case A,B       only these cases
--model A,B      only these models
--peer NAME      llama-server (default) or clawdbot
--redaction off  peer: without redaction, which holds words until they end; default: as shipped
--save NAME      keep the result as bench/results/NAME.json
--smoke          a run of seconds that only shows that the suite works`;

const MINUTES = 20;

const OPTIONS = {
  smoke: { type: 'boolean', default: false },
  minutes: { type: 'string' },
  threads: { type: 'string' },
  rounds: { type: 'string' },
  requests: { type: 'string' },
  case: { type: 'string' },
  model: { type: 'string' },
  peer: { type: 'string' },
  redaction: { type: 'string' },
  save: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const main = async (): Promise<number> => {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: OPTIONS });
  if (positionals[0] === 'render') return (await import('./render/render.ts')).renderAll();
  const run = SUITES[positionals[0] ?? ''];
  if (run === undefined || values.help) {
    process.stderr.write(`${USAGE}\n`);
    return values.help ? 0 : 64;
  }
  const report = await run(suiteOptions(values));
  process.stdout.write(`${printReport(report)}\n`);
  if (values.save !== undefined) saveReport(values.save, report);
  return 0;
};

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

const suiteOptions = (values: Values): SuiteOptions => {
  const rounds = countOf('rounds', values.rounds);
  const requests = countOf('requests', values.requests);
  const peer = values.peer;
  if (peer !== undefined && peer !== 'clawdbot' && peer !== 'llama-server') {
    throw new TypeError(`--peer: expected llama-server or clawdbot, got ${peer}`);
  }
  if (values.redaction !== undefined && values.redaction !== 'off') {
    throw new TypeError(`--redaction: expected off, got ${values.redaction}`);
  }
  return {
    isSmoke: values.smoke,
    // A number of requests is an end of its own.
    minutes: countOf('minutes', values.minutes) ?? (requests === undefined ? MINUTES : Number.POSITIVE_INFINITY),
    threads: countOf('threads', values.threads) ?? availableParallelism(),
    ...(requests === undefined ? {} : { requests }),
    ...(rounds === undefined ? {} : { minRounds: rounds, maxRounds: rounds }),
    ...(values.case === undefined ? {} : { cases: values.case.split(',') }),
    ...(values.model === undefined ? {} : { models: values.model.split(',') }),
    ...(peer === undefined ? {} : { peer }),
    ...(values.redaction === undefined ? {} : { redaction: values.redaction }),
    env: process.env,
    say: (line) => process.stderr.write(`${line}\n`),
  };
};

const countOf = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0) return value;
  throw new TypeError(`--${name}: expected a number above 0, got ${text}`);
};

process.exitCode = await main();
