import { Command, CommanderError } from 'commander';
import { EXIT } from '../core/errors/exit-codes.ts';
import { ServiceError } from '../core/errors/service-error.ts';
import { COMMANDS } from './command-table.ts';
import { VERSION } from './version.ts';

const isCommand = (word: string | undefined): word is keyof typeof COMMANDS => word !== undefined && word in COMMANDS;

const buildProgram = async (word: string | undefined): Promise<Command> => {
  const program = new Command('clawdbot')
    .description('Runs large language models on your own machines and proves, every second, how well it does so.')
    .version(VERSION)
    .showHelpAfterError('(see --help)');
  const loaders = isCommand(word) ? [COMMANDS[word]] : Object.values(COMMANDS);
  for (const load of loaders) program.addCommand(await load());
  throwInsteadOfExit(program);
  return program;
};

// Commander ends the process by itself unless every command is told to throw.
const throwInsteadOfExit = (command: Command): void => {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
};

const report = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof ServiceError) {
    process.stderr.write(`clawdbot: ${error.message} (${error.code})\n`);
    return error.code === 'ERR_CONFIG_INVALID' ? EXIT.config : EXIT.failed;
  }
  process.stderr.write(`clawdbot: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.internal;
};

try {
  const program = await buildProgram(process.argv[2]);
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}
