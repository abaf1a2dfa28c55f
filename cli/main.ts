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
  if (isCommand(word)) program.addCommand(await COMMANDS[word]());
  else for (const load of Object.values(COMMANDS)) await addWhereItIs(program, load);
  throwInsteadOfExit(program);
  return program;
};

/** An image holds no tests, which one command plays its faults with: the list is then without that one. */
const addWhereItIs = async (program: Command, load: () => Promise<Command>): Promise<void> => {
  try {
    program.addCommand(await load());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error; // an import fails with nothing else
  }
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
