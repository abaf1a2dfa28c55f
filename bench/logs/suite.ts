import { ALL_PARTS, missingParts } from '../../tests/elk/programs/parts.ts';
import type { Comparison, Report, SuiteOptions, Table } from '../suite.ts';
import { runAway } from './away.ts';
import { measureBeside } from './beside.ts';
import { shipLines, shippedTable } from './shipping.ts';
import { measureWriting } from './writing.ts';

/** Cases, and how each is measured. */
const CASES = {
  writing:
    'one gateway whose log files are written in every other slice of requests and whose lines are made and thrown away in the others; CPU time of the gateway and its engine; no shipper runs. A line alone: a process that does nothing but make a thousand access lines a second, and writes them or not; its bar is one percent of a request to the scripted engine',
  beside:
    'one gateway with Filebeat and a store on the same cores, over the same with both of them stopped ("theirs"); everything that was written has arrived before each round',
  rate: 'the writer of the service, real Filebeat with the configuration that is shipped, and OpenSearch with the ingest pipelines and fields that are shipped, all on this machine; the delay includes the time that the store needs',
  away: 'the service under `clawdbot up` with real Prometheus and Alertmanager, the rules that are shipped and their times; every line of its files is looked for in the store',
} as const;
type LogsCase = keyof typeof CASES;

const NEEDED = ALL_PARTS.filter((part) => part === 'filebeat' || part === 'opensearch');
const RATE = { lines: 100_000, perSecond: 2000 };
/** Ten minutes in the middle of a load that goes on before and after. */
const AWAY = { profile: 'real', perSecond: 50, awaySeconds: 600 } as const;
const SMOKE = { lines: 200, perSecond: 200 };
/** The same rules, each time in them a twentieth. */
const SMOKE_AWAY = { profile: 'fast', perSecond: 20, awaySeconds: 60 } as const;

/** The way of the logs: what writing them costs, what becomes of many lines, and of lines while the store is away. */
export const runLogsSuite = async (options: SuiteOptions): Promise<Report> => {
  const { isSmoke, say } = options;
  // Safe: the keys of a table are its keys.
  const wanted = (Object.keys(CASES) as LogsCase[]).filter((name) => options.cases?.includes(name) ?? true);
  const shipped = wanted.filter((name) => name !== 'writing');
  const missing = shipped.length === 0 ? undefined : await missingParts(...NEEDED);
  const run = wanted.filter((name) => name === 'writing' || missing === undefined);
  const comparisons: Comparison[] = [];
  const tables: Table[] = [];
  const deadline = (): number => performance.now() + options.minutes * 60_000;
  const measure: Readonly<Record<LogsCase, () => Promise<unknown>>> = {
    writing: async () => comparisons.push(...(await measureWriting(options))),
    beside: async () => comparisons.push(await measureBeside({ ...options, deadline: deadline() })),
    async rate() {
      const plan = isSmoke ? SMOKE : RATE;
      tables.push(shippedTable(`${plan.lines} lines at ${plan.perSecond}/s`, await shipLines({ ...plan, say })));
    },
    away: async () => tables.push(await runAway({ ...(isSmoke ? SMOKE_AWAY : AWAY), say })),
  };
  for (const name of run) await measure[name]();
  const notes = [
    ...run.map((name) => `${name}: ${CASES[name]}`),
    ...(missing === undefined ? [] : [`not run: ${shipped.join(', ')} (${missing})`]),
  ];
  return { suite: 'logs', settings: { threads: options.threads }, models: [], comparisons, tables, notes };
};
