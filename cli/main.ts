import { Command, CommanderError } from 'commander';
import { EXIT } from '../core/errors/exit-codes.ts';
import { ServiceError } from '../core/errors/service-error.ts';
import { VERSION } from './version.ts';

/** One loader per command, so that `--help` of one does not pay for the imports of all. */
const COMMANDS = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  chat: async () => (await import('./commands/chat.ts')).chatCommand(),
  models: async () => (await import('./commands/models.ts')).modelsCommand(),
  jobs: async () => (await import('./commands/jobs.ts')).jobsCommand(),
  redact: async () => (await import('./commands/redact.ts')).redactCommand(),
  token: async () => (await import('./commands/token.ts')).tokenCommand(),
  key: async () => (await import('./commands/key.ts')).keyCommand(),
  egress: async () => (await import('./commands/egress.ts')).egressCommand(),
  profile: async () => (await import('./commands/profile.ts')).profileCommand(),
  audit: async () => (await import('./commands/audit.ts')).auditCommand(),
  data: async () => (await import('./commands/data.ts')).dataCommand(),
  config: async () => (await import('./commands/config.ts')).configCommand(),
} as const satisfies Record<string, () => Promise<Command>>;

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
