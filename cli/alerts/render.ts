import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { renderRules } from '../../alerting/rules/render.ts';
import { findConfigFile, loadConfig } from '../../core/config/load.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import { makeFolder, replaceFile } from '../../core/config/private-files.ts';

interface RenderOptions {
  readonly config?: string;
  readonly data: string;
  readonly out?: string;
}

/** Rules hold limits and no secrets; a Prometheus of another user reads them. */
const READABLE = 0o644;

/** `clawdbot alerts render`: the rule files of a configuration, for a Prometheus that `clawdbot up` does not start. */
export const renderCommand = (): Command =>
  new Command('render')
    .description('print the rule files of the configuration, or write them')
    .option(
      '-c, --config <file>',
      'configuration file (default: CLAWDBOT_CONFIG, else clawdbot.yaml here or in the data folder)',
    )
    .option('-d, --data <dir>', 'data folder', defaultDataDir(process.env))
    .option('-o, --out <dir>', 'folder to write them to, made where it is not there')
    .addHelpText('after', '\nExit codes: 0 rendered, 78 configuration invalid.')
    .action(async ({ config: given, data, out }: RenderOptions) => {
      const file = given ?? findConfigFile(process.env, ['', data]);
      const { config } = loadConfig({ env: process.env, ...(file === undefined ? {} : { file }) });
      const files = Object.entries(renderRules(config));
      if (out === undefined) {
        process.stdout.write(files.map(([, text]) => text).join('---\n'));
        return;
      }
      const folder = resolve(out);
      await makeFolder(folder);
      for (const [name, text] of files) {
        await replaceFile(join(folder, name), READABLE, text);
        process.stdout.write(`wrote ${join(folder, name)}\n`);
      }
    });
