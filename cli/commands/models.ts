import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { isQuantizeType, QUANTIZE_TYPES, type QuantizeType } from '../../services/engine/protocol/quantization.ts';
import type { AddOptions } from '../models/add.ts';
import type { CompareOptions } from '../models/compare.ts';
import type { QuantizeOptions } from '../models/quantize.ts';
import type { RemoveOptions } from '../models/remove.ts';
import type { WorkspaceOptions } from '../models/workspace.ts';

/** `clawdbot models list|add|pull|rm|inspect|quantize|compare`. Each loads its own code, so that the common `pull` stays quick. */
export const modelsCommand = (): Command =>
  new Command('models')
    .description('list, add, fetch, remove, inspect, quantise and compare models')
    .addCommand(listCommand())
    .addCommand(addCommand())
    .addCommand(pullCommand())
    .addCommand(removeCommand())
    .addCommand(inspectCommand())
    .addCommand(quantizeCommand())
    .addCommand(compareCommand());

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

const quantizeCommand = (): Command =>
  withWorkspace(new Command('quantize'))
    .description("make a smaller file of a model with llama.cpp's own quantiser")
    .argument('<id|file>', 'configured model, id of the catalogue, or path of a GGUF file')
    .addOption(
      new Option('--type <type>', `what to make of it: ${Object.keys(QUANTIZE_TYPES).join(', ')}`)
        .makeOptionMandatory()
        .argParser(toQuantizeType),
    )
    .option('--out <file>', 'where to write it (default: the folder "quantized" of the model cache)')
    .addOption(
      new Option('--allow-requantize <direction>', 'up: also to a type more precise than the source has').choices([
        'up',
      ]),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 made, 1 not possible (nothing is left behind), 64 wrong type, 78 configuration invalid.',
    )
    .action(async (idOrFile: string, options: QuantizeOptions) =>
      say(await (await import('../models/quantize.ts')).quantizeModel(idOrFile, options)),
    );

const compareCommand = (): Command =>
  withWorkspace(new Command('compare'))
    .description('measure two models in turns on this machine: size, memory, speed, perplexity')
    .argument('<a>', 'configured model, id of the catalogue, or path of a GGUF file')
    .argument('<b>', 'the other one')
    .option('--rounds <n>', 'how often each is measured; the medians are shown', toCount, 3)
    .option('--threads <n>', 'CPU threads (default: all)', toCount)
    .addHelpText('after', '\nExit codes: 0 compared, 1 one of them cannot be run here, 78 configuration invalid.')
    .action(async (a: string, b: string, options: CompareOptions) =>
      say(await (await import('../models/compare.ts')).compareModels([a, b], options)),
    );

const toQuantizeType = (word: string): QuantizeType => {
  const type = word.toLowerCase();
  if (isQuantizeType(type)) return type;
  throw new InvalidArgumentError(`Expected one of ${Object.keys(QUANTIZE_TYPES).join(', ')}.`);
};

const toCount = (word: string): number => {
  const count = Number(word);
  if (Number.isInteger(count) && count > 0 && count <= 1024) return count;
  throw new InvalidArgumentError('Expected a number from 1 to 1024.');
};

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
