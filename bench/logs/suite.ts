import { missingParts } from '../../tests/elk/programs/parts.ts';
import type { Comparison, Report, SuiteOptions, Table } from '../suite.ts';
import { runAway } from './away.ts';
import { shipLines, shippedTable } from './shipping.ts';
import { measureWriting } from './writing.ts';

export const LOGS_CASES = ['writing', 'rate', 'away'] as const;
type LogsCase = (typeof LOGS_CASES)[number];

const RATE = { lines: 100_000, perSecond: 2000 };
/** Ten minutes in the middle of a load that goes on before and after. */
const AWAY = { profile: 'real', perSecond: 50, awaySeconds: 600 } as const;
/** The same rules, each time in them a twentieth. */
const SMOKE_AWAY = { profile: 'fast', perSecond: 20, awaySeconds: 60 } as const;
const SMOKE = { lines: 200, perSecond: 200 };

/** The way of the logs: what writing them costs, what becomes of many lines, and of lines while the store is away. */
export const runLogsSuite = async (options: SuiteOptions): Promise<Report> => {
  const { isSmoke, say } = options;
  const isWanted = (name: LogsCase): boolean => options.cases?.includes(name) ?? true;
  const comparisons: Comparison[] = [];
  const tables: Table[] = [];
  const notes = [
    'writing: the gateway with its log files over one whose lines are made and thrown away; no shipper runs',
    'rate: the writer of the service, real Filebeat with the configuration that is shipped, and OpenSearch with the ingest pipelines that are shipped, all on this machine; the delay includes the time that the store needs',
    'away: the service under `clawdbot up` with real Prometheus and Alertmanager, the rules that are shipped and their times; every line of its files is looked for in the store',
  ];
  if (isWanted('writing')) {
    comparisons.push(await measureWriting({ ...options, deadline: performance.now() + options.minutes * 60_000 }));
  }
  const missing = isWanted('rate') || isWanted('away') ? await missingParts('filebeat', 'opensearch') : undefined;
  if (missing !== undefined) notes.push(`rate and away were not run: ${missing}`);
  if (missing === undefined && isWanted('rate')) {
    const plan = isSmoke ? SMOKE : RATE;
    tables.push(shippedTable(`${plan.lines} lines at ${plan.perSecond}/s`, await shipLines({ ...plan, say })));
  }
  if (missing === undefined && isWanted('away')) tables.push(await runAway({ ...(isSmoke ? SMOKE_AWAY : AWAY), say }));
  return { suite: 'logs', settings: { threads: options.threads }, models: [], comparisons, tables, notes };
};
