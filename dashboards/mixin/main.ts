import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../core/config/load.ts';
import { configSchema } from '../../core/config/schema.ts';
import { mixinFiles } from './files.ts';

const USAGE = `usage: npm run mixin [-- options]

Writes rules and boards as a folder for kube-prometheus.

--out DIR          where to (default: mixin)
--namespace NAME   where they go in the cluster (default: monitoring)
--config FILE      whose limits they have (default: those that are shipped)`;

const OPTIONS = {
  out: { type: 'string', default: 'mixin' },
  namespace: { type: 'string', default: 'monitoring' },
  config: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const main = (args: readonly string[]): number => {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { out, namespace, config: file } = values;
  const config = file === undefined ? configSchema.parse({}) : loadConfig({ file, env: process.env }).config;
  const files = Object.entries(mixinFiles({ config, namespace }));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), text);
  }
  console.log(`wrote ${files.length} files into ${out}; its README.md says what to do with them`);
  return 0;
};

process.exitCode = main(process.argv.slice(2));
