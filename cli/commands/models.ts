import { Command } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import type { AddOptions } from '../models/add.ts';
import type { RemoveOptions } from '../models/remove.ts';
import type { WorkspaceOptions } from '../models/workspace.ts';

/** `clawdbot models list|add|pull|rm|inspect`. Each loads its own code, so that the common `pull` stays quick. */
export const modelsCommand = (): Command =>
  new Command('models')
    .description('list, add, fetch, remove and inspect models')
    .addCommand(listCommand())
    .addCommand(addCommand())
    .addCommand(pullCommand())
    .addCommand(removeCommand())
    .addCommand(inspectCommand());

const listCommand = (): Command =>
  withWorkspace(new Command('list'))
    .description('show the configured models: size, licence, memory needed here, whether they are downloaded')
    .addHelpText('after', '\nExit codes: 0 listed, 1 a model file is damaged, 78 configuration invalid.')
    .action(async (options: WorkspaceOptions) => say(await (await import('../models/list.ts')).listModels(options)));

const addCommand = (): Command =>
  withWorkspace(new Command('add'))
    .description('add a model of the catalogue, or any from Hugging Face; without arguments: show the catalogue')
    .argument('[id]', 'id in the catalogue')
    .option('--scenario <name>', 'add the best model of the catalogue that meets a scenario on this machine')
    .option('--hf <owner/repository/file.gguf>', 'add a file from Hugging Face')
    .option('--sha256 <digits>', 'expected hash of that file')
    .option('--id <id>', 'name clients will use (default: that of the catalogue or of the file)')
    .option('--default', 'put it first: the model of requests that name none')
    .addHelpText('after', '\nExit codes: 0 added or shown, 1 unknown or none fits, 78 configuration invalid.')
    .action(async (id: string | undefined, options: AddOptions) =>
      say(await (await import('../models/add.ts')).addModel(id, options)),
    );

const pullCommand = (): Command =>
  withWorkspace(new Command('pull'))
    .description('fetch and check models; those that are here already are only checked')
    .argument('[id...]', 'configured models or ids of the catalogue (default: every configured model)')
    .addHelpText('after', '\nExit codes: 0 here and checked, 1 not available, 78 configuration invalid.')
    .action(async (ids: string[], options: WorkspaceOptions) =>
      say(await (await import('../models/pull.ts')).pullModels(ids, options)),
    );

const removeCommand = (): Command =>
  withWorkspace(new Command('rm'))
    .description('delete the downloaded files of a model; a file configured by its path is never touched')
    .argument('<id>', 'configured model or id of the catalogue')
    .option('-y, --yes', 'do not ask')
    .option('--forget', 'take it out of the configuration file too')
    .addHelpText(
      'after',
      '\nExit codes: 0 deleted or nothing to delete, 1 not possible, 64 nobody to ask and no --yes, 78 configuration invalid.',
    )
    .action(async (id: string, options: RemoveOptions, command: Command) => {
      if (options.yes !== true && !process.stdin.isTTY)
        command.error('error: there is no terminal to ask at: say --yes');
      say(await (await import('../models/remove.ts')).removeModel(id, options));
    });

const inspectCommand = (): Command =>
  withWorkspace(new Command('inspect'))
    .description('show what the header of a model file says and what it takes to run it here')
    .argument('<id|file>', 'configured model, id of the catalogue, or path of a GGUF file')
    .addHelpText('after', '\nExit codes: 0 shown, 1 not here, damaged or not GGUF, 78 configuration invalid.')
    .action(async (idOrFile: string, options: WorkspaceOptions) =>
      say(await (await import('../models/inspect.ts')).inspectModel(idOrFile, options)),
    );

const withWorkspace = (command: Command): Command =>
  command
    .option(
      '-c, --config <file>',
      'configuration file (default: ./clawdbot.yaml or the one in the data folder, when there is one)',
    )
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--json', 'print JSON');

const say = (text: string): void => {
  if (text !== '') process.stdout.write(`${text}\n`);
};
