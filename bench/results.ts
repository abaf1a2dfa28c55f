import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineFacts, versionFacts } from './machine.ts';
import type { Report } from './suite.ts';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

/** A report with all that its figures depend on. */
export interface Result extends Report {
  readonly date: string;
  readonly machine: ReturnType<typeof machineFacts>;
  readonly versions: Readonly<Record<string, string>>;
}

/** Keeps a report beside the code; nothing in it names a path. */
export const saveReport = (name: string, report: Report): void => {
  const date = new Date().toISOString().slice(0, 10);
  const result: Result = { ...report, date, machine: machineFacts(), versions: versionFacts() };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
};

/** Every kept result, by its name. */
export const loadResults = (folder = RESULTS): ReadonlyMap<string, Result> =>
  new Map(
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => [
        file.slice(0, -'.json'.length),
        JSON.parse(readFileSync(join(folder, file), 'utf8')) as Result, // written by saveReport
      ]),
  );
