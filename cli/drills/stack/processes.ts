import { execFileSync } from 'node:child_process';

/** The processes of a service, by what stands in their command line. */
const MARKS = {
  gateway: 'services/inference/main.ts',
  engine: 'services/engine/main.ts',
  collectors: 'collectors/main.ts',
  actions: 'alerting/actions/main.ts',
  prometheus: '/prometheus --config.file',
  alertmanager: 'alertmanager --config.file',
} as const;

export type ProcessName = keyof typeof MARKS;

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Everything that runs, without what is dead and not yet buried. */
const table = (): Row[] =>
  execFileSync('ps', ['-ww', '-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+[^Z\s]\S*\s+(.*)$/.exec(line) ?? [];
      return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    });

const below = (rows: readonly Row[], parent: number): Row[] =>
  rows.filter((row) => row.parent === parent).flatMap((row) => [row, ...below(rows, row.pid)]);

/** Ids of every process that a supervisor has started, and of those below them. */
export const familyOf = (supervisor: number): number[] => below(table(), supervisor).map(({ pid }) => pid);

/** Those among them of one name: never a process that was not started here. */
export const processesOf = (supervisor: number, name: ProcessName): number[] =>
  below(table(), supervisor)
    .filter(({ command }) => command.includes(MARKS[name]))
    .map(({ pid }) => pid);
