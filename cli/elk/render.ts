import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { makeFolder, replaceFile } from '../../core/config/private-files.ts';
import { renderElk } from '../../elk/render.ts';
import { configOf, type ElkOptions, withConfigOptions } from './options.ts';

/** They name files with secrets, and hold none. */
const READABLE = 0o644;

/** `clawdbot elk render`: every file and every request of section `elk`, for reading or for whoever puts them in place by hand. */
export const renderCommand = (): Command =>
  withConfigOptions(
    new Command('render').description(
      'write the configuration of Filebeat, Logstash, Elasticsearch and Kibana as files',
    ),
  )
    .requiredOption('-o, --out <dir>', 'folder to write them to, made where it is not there')
    .addHelpText('after', '\nExit codes: 0 rendered, 78 configuration invalid.')
    .action(async (options: ElkOptions & { readonly out: string }) => {
      const folder = resolve(options.out);
      for (const { file, text } of renderElk(configOf(options))) {
        const path = join(folder, file);
        await makeFolder(dirname(path));
        await replaceFile(path, READABLE, text);
        process.stdout.write(`wrote ${path}\n`);
      }
    });
