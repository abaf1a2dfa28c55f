import { ExecaError } from 'execa';

/** One line about a command that failed: it is not there, or its own first words of error, or how it ended. */
export const commandFailure = (error: unknown): string => {
  if (!(error instanceof ExecaError)) return String(error).split('\n')[0] ?? '';
  const [program = ''] = error.command.split(' ');
  if (error.code === 'ENOENT') return `found no ${program} on this machine`;
  // Maven writes its errors where others write results.
  const lines = `${error.stderr ?? ''}\n${error.stdout ?? ''}`.split('\n');
  const words = lines.find((line) => /^(E:|ERROR:|\[ERROR\])/.test(line)) ?? lines.find((line) => line.trim() !== '');
  return `${program}: ${words ?? error.shortMessage}`;
};
