import { spawnSync } from 'node:child_process';

/** How to run a program where nothing but loopback exists; `missing` says why that is not possible here. */
export type Offline =
  | { readonly wrap: (command: readonly string[]) => readonly string[] }
  | { readonly missing: string };

const UP = 'ip link set lo up && exec "$@"';

/** A network namespace with only loopback in it, as root or as anybody where user namespaces are allowed. */
export const findOffline = (): Offline => {
  const problems: string[] = [];
  for (const flags of [['--net'], ['--net', '--map-root-user']]) {
    const wrap = (command: readonly string[]) => ['unshare', ...flags, 'sh', '-c', UP, 'sh', ...command];
    const [program = '', ...rest] = wrap(['true']);
    const tried = spawnSync(program, rest, { encoding: 'utf8' });
    if (tried.status === 0) return { wrap };
    problems.push(tried.error?.message ?? tried.stderr.trim());
  }
  return { missing: `a network namespace cannot be made here (${problems.join('; ')})` };
};
