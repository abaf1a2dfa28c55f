import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../../cli/setup/child.mjs';
import type { Scope } from '../../services/inference/call.ts';
import type { TestGateway } from '../gateway.ts';
import { withEvents } from './schemathesis-document.ts';
import { startFuzzTarget } from './target.ts';

const SETTINGS_NAME = 'schemathesis.toml';
const SETTINGS = fileURLToPath(new URL(SETTINGS_NAME, import.meta.url));
/** Longer than any run. */
const RETENTION_MS = 3_600_000;
const JOBS = [
  { prompt: 'one', model: 'echo' },
  { prompt: 'one two three', model: 'slow' },
];

/** What one run looks at: the operations named, or all but those of the other rounds. */
interface Round {
  readonly scopes: readonly Scope[];
  readonly operations?: readonly string[];
  readonly phases?: string;
}

/** No story leads from one of these to another. */
const AUDIT: Round = { scopes: ['audit'], operations: ['readAudit', 'getAuditHead'], phases: 'coverage,fuzzing' };
/** What narrows, opens or unloads what every other operation is answered with. */
const CHANGES: Round = {
  scopes: ['admin'],
  operations: ['setLimits', 'setShedding', 'setBreaker', 'setReplicas', 'loadModel', 'unloadModel', 'purgeData'],
};
const ROUNDS: readonly Round[] = [{ scopes: ['inference', 'metrics', 'admin'] }, AUDIT, CHANGES];

const chosen = ({ operations, phases = 'coverage,fuzzing,stateful' }: Round): readonly string[] => [
  ...['--phases', phases],
  ...(operations === undefined
    ? [AUDIT, CHANGES].flatMap((other) => other.operations ?? []).flatMap((id) => ['--exclude-operation-id', id])
    : operations.flatMap((id) => ['--include-operation-id', id])),
];

/** Runs inside the namespace: a gateway for every round, and Schemathesis over its document. */
const main = async ([python = '', ...rest]: readonly string[]): Promise<number> => {
  const ends: number[] = [];
  for (const round of ROUNDS) {
    const gateway = await startFuzzTarget({ retentionMs: RETENTION_MS });
    const document = await prepare(gateway);
    const words = [
      // As a module: the script beside it names the folder that the environment was made in.
      ...['-m', 'schemathesis.cli', '--config-file', join(gateway.data, SETTINGS_NAME), 'run', document],
      ...['--url', gateway.url, '--tls-verify', gateway.caFile, '--no-color', ...chosen(round), ...rest],
    ];
    const token = await gateway.token(...round.scopes);
    ends.push(await runToEnd(python, words, { cwd: gateway.data, env: { ...process.env, CLAWDBOT_TOKEN: token } }));
    ends.push(await endOf(gateway));
  }
  return ends.every((end) => end === 0) ? 0 : 1;
};

/** Puts settings, ids of jobs that exist, and the document beside each other; answers with the file of the document. */
const prepare = async (gateway: TestGateway): Promise<string> => {
  copyFileSync(SETTINGS, join(gateway.data, SETTINGS_NAME));
  const taken = await Promise.all(
    JOBS.map((job) => gateway.send('POST', '/api/v1/inference', { ...job, mode: 'async' })),
  );
  writeFileSync(join(gateway.data, 'jobs.txt'), taken.map((answer) => `"${answer.json().id}"\n`).join(''));
  const file = join(gateway.data, 'openapi.json');
  writeFileSync(file, JSON.stringify(withEvents((await gateway.send('GET', '/api/v1/openapi.json')).json())));
  return file;
};

/** 0: it was still itself, and ended as it should. */
const endOf = async (gateway: TestGateway): Promise<number> => {
  const alive = await gateway.send('GET', '/api/v1/health/live');
  const end = await gateway.stop();
  console.log(`afterwards the gateway said ${alive.status} and ended with ${end}`);
  return alive.status === 200 && end === 0 ? 0 : 1;
};

process.exitCode = await main(process.argv.slice(2));
