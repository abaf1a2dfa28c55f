import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { createChat } from '../chat/session.ts';
import { openService, type ServiceAddress } from '../local/running-service.ts';

interface ChatOptions extends ServiceAddress {
  readonly model?: string;
}

const HELP = [
  '/model [id]  show or change the model',
  '/stats       tokens per second and first-token time',
  '/reset       forget the conversation',
  '/exit        leave (or Ctrl-D)',
  'Ctrl-C stops the answer.',
];

/** `clawdbot chat`: a conversation with a model, streamed, in the terminal. */
export const chatCommand = (): Command =>
  new Command('chat')
    .description('talk to a model in the terminal')
    .option('-m, --model <id>', 'model (default: the service decides)')
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--url <url>', 'a service elsewhere')
    .option('--token <token>', 'credential for it (default: minted with the local key)')
    .option('--ca <file>', 'PEM file of its CA')
    .addHelpText(
      'after',
      `\nIn the chat:\n  ${HELP.join('\n  ')}\n\nExit codes: 0 left, 1 the service cannot be reached.`,
    )
    .action(chat);

const chat = async (options: ChatOptions): Promise<void> => {
  const service = await openService(options, ['inference']);
  const session = createChat(service, options.model);
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' });
  let answering: AbortController | undefined;
  terminal.on('SIGINT', () => {
    if (answering === undefined) process.stdout.write('\n(Ctrl-D or /exit leaves)\n');
    answering?.abort();
    if (answering === undefined) terminal.prompt();
  });
  process.stdout.write(`${service.url}, model ${session.model() ?? 'of the service'}; /help lists the commands\n`);
  terminal.prompt();
  for await (const line of terminal) {
    const text = line.trim();
    if (text === '/exit') break;
    if (text.startsWith('/')) process.stdout.write(`${await command(text, session)}\n`);
    else if (text !== '') {
      answering = new AbortController();
      await session.say(text, answering.signal, (piece) => process.stdout.write(piece));
      answering = undefined;
      process.stdout.write('\n');
    }
    terminal.prompt();
  }
  terminal.close();
  await service.close();
};

const command = async (text: string, session: ReturnType<typeof createChat>): Promise<string> => {
  const [name, argument] = text.split(/\s+/, 2);
  if (name === '/model') return session.choose(argument);
  if (name === '/stats') return session.stats();
  if (name === '/reset') return session.reset();
  return name === '/help' ? HELP.join('\n') : `no such command: ${name}; /help lists them`;
};
