import { type Seen, seen, unseen } from './check.ts';
import { readMounts } from './control-group.ts';
import type { Answer, Sight } from './sight.ts';

export interface ContainerEngine {
  readonly name: 'docker' | 'podman';
  readonly version: string;
  /** Version of Compose v2; absent where there is none. */
  readonly compose: string | undefined;
}

export type EngineState =
  | { readonly kind: 'ready'; readonly engine: ContainerEngine }
  | { readonly kind: 'denied' | 'stopped'; readonly name: string }
  | { readonly kind: 'absent' };

/** Asks Docker, then Podman. */
export const readContainerEngine = async (sight: Sight): Promise<Seen<EngineState>> => {
  const docker = await sight.run('docker', ['version', '--format', '{{.Server.Version}}']);
  const state = stateOf('docker', docker);
  if (state?.kind === 'ready') return seen(await withCompose(sight, state.engine), 'docker version');
  const podman = await sight.run('podman', ['version', '--format', '{{.Client.Version}}']);
  const other = stateOf('podman', podman);
  if (other?.kind === 'ready') return seen(await withCompose(sight, other.engine), 'podman version');
  return seen(state ?? other ?? { kind: 'absent' }, 'docker version, podman version');
};

const stateOf = (name: 'docker' | 'podman', answer: Answer): EngineState | undefined => {
  if (answer.kind === 'missing') return undefined;
  if (answer.kind === 'silent') return { kind: 'stopped', name };
  const version = /^\d+\.\d+\S*/m.exec(answer.stdout)?.[0];
  if (answer.code === 0 && version !== undefined)
    return { kind: 'ready', engine: { name, version, compose: undefined } };
  return { kind: /permission denied/i.test(answer.stderr) ? 'denied' : 'stopped', name };
};

const withCompose = async (sight: Sight, engine: ContainerEngine): Promise<EngineState> => {
  const answer = await sight.run(engine.name, ['compose', 'version', '--short']);
  const compose = answer.kind === 'said' && answer.code === 0 ? answer.stdout.trim().replace(/^v/, '') : undefined;
  return { kind: 'ready', engine: { ...engine, compose } };
};

export interface ControlGroups {
  readonly version: '1' | '2' | '1 and 2';
  /** Whether this process may make groups of its own below its own. */
  readonly isDelegated: boolean;
}

/** Version and rights of the control groups. */
export const readControlGroups = (sight: Sight): Seen<ControlGroups> => {
  const mounts = readMounts(sight.read('/proc/self/mountinfo') ?? '');
  const groups = sight.read('/proc/self/cgroup') ?? '';
  const unified = mounts.get('unified');
  const hasOld = mounts.has('memory') || mounts.has('cpu');
  if (unified === undefined && !hasOld) return unseen('no control groups are mounted');
  const own = /^0::(.+)$/m.exec(groups)?.[1] ?? '/';
  const isDelegated = unified !== undefined && sight.mayWrite(`${unified}${own === '/' ? '' : own}/cgroup.procs`);
  const version = hasOld ? (unified === undefined ? '1' : '1 and 2') : '2';
  return seen({ version, isDelegated }, '/proc/self/mountinfo');
};
