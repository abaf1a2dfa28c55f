import { readFile, writeFile } from 'node:fs/promises';
import { DRILLS } from './catalogue/catalogue.ts';
import type { Profile } from './profile.ts';
import { dateOf, machineWords, renderRow, renderRun } from './report.ts';
import type { DrillResult } from './result.ts';

const HEAD = `# Drills

\`clawdbot drill run <name>\` breaks a service of its own on purpose: real processes under \`clawdbot up\`, a real Prometheus and a real
Alertmanager in a temporary folder, a mail server and providers of SMS on the loopback. It measures the time from the fault to
the alert that fires, to the first message or decision, and from the end of the fault until everything is told to be over; and it
fails unless **exactly** the expected alerts fired (beside \`Watchdog\`, which always does). The tables are written by
\`clawdbot drill run --all --profile <profile> --write\`; with names in place of \`--all\` only their rows are replaced, and
\`clawdbot drill write FILE\` puts in what \`--json\` printed elsewhere. What came of each drill also stands in \`drills.json\` of the data folder (\`--data\`): the
collectors show it as metrics, and the board *Reliability* draws it.

Rules about the machine itself (disk, memory, clock) are off in drills that are not about them: what runs beside a drill must not fail it.
The figures were measured beside other work on the machine.`;

const ORDER = DRILLS.map(({ name }) => name);

/** What stands in a page for one drill of a profile. */
interface Entry {
  readonly row: string;
  readonly figures: readonly string[];
}

/** Writes results of a profile into the page; rows of drills that were not run, and those of other profiles, stay as they are. */
export const writePage = async (file: string, profile: Profile, results: readonly DrillResult[]): Promise<void> => {
  const old = await readFile(file, 'utf8').catch(() => '');
  await writeFile(file, mergePage(old, { profile, results, date: dateOf(new Date()), machine: machineWords() }));
};

interface Run {
  readonly profile: Profile;
  readonly results: readonly DrillResult[];
  readonly date: string;
  readonly machine: string;
}

/** The page with these results in it. Rows of another machine go: figures of two are not one table. */
export const mergePage = (old: string, { profile, results, date, machine }: Run): string => {
  const parts = old
    .split(/^(?=## )/m)
    .slice(1)
    .map((part) => part.trim());
  const isMine = (part: string): boolean => part.startsWith(`## Profile \`${profile.name}\``);
  const before = parts.find(isMine) ?? '';
  const entries = new Map(before.includes(machine) ? entriesOf(before) : []);
  for (const result of results) {
    const figures = result.figures.map((figure) => `- ${result.name}: ${figure}`);
    entries.set(result.name, { row: renderRow(result, date), figures });
  }
  const known = ORDER.flatMap((name) => entries.get(name) ?? []);
  const mine = renderRun({
    ...{ profile, machine },
    rows: known.map(({ row }) => row),
    figures: known.flatMap(({ figures }) => figures),
  });
  const others = parts.filter((part) => !isMine(part) && !part.startsWith('## What is drilled'));
  return `${[HEAD, renderCatalogue(), mine, ...others].join('\n\n')}\n`;
};

const entriesOf = (part: string): readonly (readonly [string, Entry])[] => {
  const lines = part.split('\n');
  return ORDER.flatMap((name) => {
    const row = lines.find((line) => line.startsWith(`| ${name} |`));
    const figures = lines.filter((line) => line.startsWith(`- ${name}: `));
    return row === undefined ? [] : [[name, { row, figures }] as const];
  });
};

const renderCatalogue = (): string =>
  ['## What is drilled', '', ...DRILLS.map(({ name, about }) => `- **${name}**: ${about}`)].join('\n');
