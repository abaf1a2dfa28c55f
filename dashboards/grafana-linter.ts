import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { JSON_DIR } from './json-files.ts';

const PROGRAM = 'dashboard-linter';
/** What it calls wrong or doubtful, and did not leave out. */
const FINDING = /^\[(?:\u274c|\u26a0)/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it colours what it says
const COLOURS = /\u001b\[\d*m/g;

/** What Grafana's linter says against the boards of a folder, a line each; undefined where it is not on PATH. */
export const lintWithGrafanas = (
  dir = JSON_DIR,
  env: NodeJS.ProcessEnv = process.env,
): readonly string[] | undefined => {
  const files = readdirSync(dir).filter((name) => name.endsWith('.json'));
  const said: string[] = [];
  for (const file of files) {
    const run = spawnSync(PROGRAM, ['lint', '--strict', join(dir, file)], { encoding: 'utf8', env });
    if (run.error !== undefined && 'code' in run.error && run.error.code === 'ENOENT') return undefined;
    const lines = run.stdout
      .replace(COLOURS, '')
      .split('\n')
      .filter((line) => FINDING.test(line));
    said.push(...lines.map((line) => `${file}: ${line}`));
    if (run.status !== 0 && lines.length === 0)
      said.push(`${file}: ${PROGRAM} ended with ${run.status}: ${run.stderr.trim()}`);
  }
  return said;
};
