import { runToEnd } from '../../cli/setup/child.mjs';
import { startFuzzTarget } from './target.ts';

const EXAMPLES = '20';
/** What it holds every answer against; that every documented refusal is also drawn is not among it. */
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance'],
  'response_schema_conformance',
].join(',');
/** Each replica is a process, and what follows a job waits for it. */
const LEFT_OUT = ['setReplicas', 'watchJob', 'setLimits'];

/** Runs inside the namespace: a gateway, and Schemathesis over its document. */
const main = async ([python = '', ...rest]: readonly string[]): Promise<number> => {
  const gateway = await startFuzzTarget();
  const token = await gateway.token('inference', 'metrics', 'admin');
  const words = [
    // As a module: the script beside it names the folder that the environment was made in.
    ...['-m', 'schemathesis.cli', 'run', `${gateway.url}/api/v1/openapi.json`],
    ...['--url', gateway.url, '--tls-verify', gateway.caFile],
    ...['--header', `authorization: Bearer ${token}`, '--checks', CHECKS, '--max-examples', EXAMPLES],
    ...['--phases', 'examples,coverage,fuzzing', '--seed', '1', '--no-color', '--workers', '2'],
    ...LEFT_OUT.flatMap((id) => ['--exclude-operation-id', id]),
    ...rest,
  ];
  const code = await runToEnd(python, words, { cwd: gateway.data });
  const alive = await gateway.send('POST', '/api/v1/inference', { prompt: 'still there', model: 'echo' });
  const end = await gateway.stop();
  console.log(`a good request afterwards: ${alive.status}; the gateway ended with ${end}`);
  return code !== 0 || alive.status !== 200 || end !== 0 ? 1 : 0;
};

process.exitCode = await main(process.argv.slice(2));
