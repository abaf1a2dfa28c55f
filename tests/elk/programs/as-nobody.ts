import { execa } from 'execa';
import { commandFailure } from '../../command-failure.ts';

/** In front of a program that refuses to run as root: in a user namespace root is another user to it, and still reads and writes root's folders. */
const AS_NOBODY = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];
const isRoot = (): boolean => process.getuid?.() === 0;

/** A command line that does not run as root. */
export const notAsRoot = (program: string, args: readonly string[]): readonly [string, readonly string[]] => {
  const [command, ...words] = isRoot() ? [...AS_NOBODY, program, ...args] : [program, ...args];
  return [command ?? program, words];
};

/** Why that cannot be had here: some containers forbid it. */
export const whyOnlyAsRoot = async (): Promise<string | undefined> => {
  try {
    await execa(...notAsRoot('true', []), { stdin: 'ignore' });
    return undefined;
  } catch (error) {
    return `it refuses to run as root, and nothing here runs as another user (${commandFailure(error)})`;
  }
};
