import { basename } from 'node:path';
import type { Owner } from './owners.ts';

/** What our processes are started with. */
const ENTRIES: readonly (readonly [string, Owner['kind']])[] = [
  ['services/inference/main.ts', 'gateway'],
  ['services/engine/main.ts', 'engine'],
  ['collectors/main.ts', 'collectors'],
  ['alerting/actions/main.ts', 'actions'],
  ['elk/anomaly/main.ts', 'anomaly'],
  ['cli/main.ts', 'supervisor'],
  ['cli/bootstrap.mjs', 'supervisor'],
];

/** Which of ours a command line (`/proc/<pid>/cmdline`) is. */
export const kindOf = (cmdline: string): Owner['kind'] => {
  const words = cmdline.split('\0');
  const found = ENTRIES.find(([entry]) => words.some((word) => `/${word.replaceAll('\\', '/')}`.endsWith(`/${entry}`)));
  if (found !== undefined) return found[1];
  const program = basename(words[0] ?? '');
  if (program === 'prometheus') return 'prometheus';
  return program === 'alertmanager' || program === 'prometheus-alertmanager' ? 'alertmanager' : 'other';
};
