import { parseArgs } from 'node:util';
import { fuzzConfig } from './config.ts';
import { fuzz } from './fuzz.ts';
import { memoryByPart } from './memory.ts';
import { startFuzzTarget } from './target.ts';

const USAGE = `usage: npm run test:fuzz -- [--requests N] [--configs N] [--seed N]

Sends hostile requests to a real gateway and reads hostile configuration files; ends with 1 where a promise is broken.

--requests N  how many requests (default 100000)
--configs N   how many configuration files are parsed (default 5000)
--seed N      of all chance; a run with the same seed draws the same requests (default 1)`;

const CONNECTIONS = 32;
const MIB = 2 ** 20;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    configs: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean' },
  },
});

const main = async (): Promise<number> => {
  if (values.help === true) return say(USAGE);
  const { seed } = values;
  const configs = fuzzConfig({ files: Number(values.configs), seed });
  say(`configuration: ${configs.accepted} accepted, ${configs.refused} refused`);
  const gateway = await startFuzzTarget();
  const requests = Number(values.requests);
  const result = await fuzz(gateway, { requests, seed, connections: CONNECTIONS, onProgress });
  const code = gateway.child.exitCode ?? (await gateway.stop());
  const violations = [...configs.violations, ...result.violations];
  if (code !== 0) violations.push(`the gateway ended with ${code}`);
  const counts = [...result.counts].sort(([one], [other]) => one.localeCompare(other));
  say(`\nrequests: ${result.sent}, seed ${seed}`);
  for (const [what, count] of counts) say(`  ${what}: ${count}`);
  const never = result.operations.filter((operation) => !result.answered.includes(operation));
  say(`operations: ${result.operations.length}, never answered well: ${never.join(', ') || 'none'}`);
  const memory = memoryByPart(result.memory).map((bytes) => Math.round(bytes / MIB));
  say(`memory of the gateway by fifth of the run, MiB: ${memory.join(', ')}`);
  for (const violation of violations) say(`violation: ${violation}`);
  say(`violations: ${violations.length}`);
  return violations.length === 0 ? 0 : 1;
};

const onProgress = (sent: number): void => void process.stderr.write(`\r${sent}`);

const say = (line: string): number => {
  console.log(line);
  return 0;
};

process.exitCode = await main();
