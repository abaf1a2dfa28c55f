import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { renderTable, shown } from '../models/table.ts';
import type { Profile } from './profile.ts';
import type { DrillResult } from './result.ts';

const GIB = 2 ** 30;
const TIMES: ReadonlySet<number> = new Set([2, 3, 4]);
const HEAD = ['DRILL', 'RESULT', 'DETECTED', 'TOLD', 'OVER', 'ALERTS', 'LOG'];

const time = (ms: number | undefined): string => shown(ms, (known) => `${(known / 1000).toFixed(1)} s`);

/** For the terminal. */
export const renderResults = (results: readonly DrillResult[]): string => {
  const table = renderTable(
    HEAD,
    results.map((result) => [
      ...[result.name, result.outcome],
      ...[time(result.detectionMs), time(result.actionMs), time(result.recoveryMs)],
      ...[result.fired.join(', ') || '-', result.log ?? '-'],
    ]),
    TIMES,
  );
  const notes = results.flatMap(({ name, outcome, problems, figures }) => [
    ...problems.map((problem) => `${outcome} ${name}: ${problem}`),
    ...figures.map((figure) => `${name}: ${figure}`),
  ]);
  return [table, ...(notes.length === 0 ? [] : ['', ...notes])].join('\n');
};

/** The machine, as far as a reader of the figures must know it; of its kernel the version, not the build. */
export const machineWords = (): string =>
  `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'an unknown kind'}, ${(totalmem() / GIB).toFixed(0)} GiB memory, Linux ${release().split('.').slice(0, 2).join('.')}`;

/** `YYYY-MM-DD`. */
export const dateOf = (time: Date): string => time.toISOString().slice(0, 10);

export interface DrillRun {
  readonly profile: Profile;
  readonly machine: string;
  /** Each as `renderRow` made it. */
  readonly rows: readonly string[];
  readonly figures: readonly string[];
}

/** The part of `docs/drills.md` about one profile. */
export const renderRun = ({ profile, machine, rows, figures }: DrillRun): string =>
  [
    `## Profile \`${profile.name}\``,
    '',
    `${upper(profile.about)}. On ${machine}.`,
    '',
    '| drill | result | fired | detected | first told | over | panel | log line | run |',
    '| --- | --- | --- | --: | --: | --: | --- | --- | --- |',
    ...rows,
    ...(figures.length === 0 ? [] : ['', ...figures]),
  ].join('\n');

/** A row of that part, with the day it was measured. */
export const renderRow = (result: DrillResult, date: string): string => {
  const cells = [
    result.name,
    result.outcome === 'passed' ? 'passed' : `${result.outcome}: ${result.problems.join('; ').split('\n')[0]}`,
    result.fired.join(', ') || 'nothing',
    time(result.detectionMs),
    result.actionMs === undefined ? '-' : `${time(result.actionMs)} (${result.told}${barOf(result)})`,
    time(result.recoveryMs),
    shown(result.panel, panelOf),
    shown(result.log, (log) => `\`${log}\``),
    date,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
};

const barOf = ({ barMs }: DrillResult): string => (barMs === undefined ? '' : `; bar ${barMs / 1000} s`);

/** Board and number: the rest of the URL is where Grafana is and the time. */
const panelOf = (url: string): string => {
  const { pathname, searchParams } = new URL(url);
  return `${pathname.split('/').at(-1)} ${searchParams.get('viewPanel')}`;
};

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
