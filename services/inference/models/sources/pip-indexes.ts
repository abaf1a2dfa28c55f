import { printTarget, type Target, targetOf } from '../../../../core/egress/policy.ts';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { type Pip, runPip } from './pip.ts';
import type { SourceContext } from './source.ts';

const LIST_MS = 30_000;
const ERRAND = { purpose: 'model-download', dataClass: 'none', program: 'pip' } as const;
/** Where pip looks when it is set up for nothing else, and where that index keeps its files. */
const PYTHON_INDEX: readonly Target[] = [
  { host: 'pypi.org', port: 443 },
  { host: 'files.pythonhosted.org', port: 443 },
];

/**
 * Asks the egress policy for every index that pip is set up for, before pip starts. What pip then connects to (links of
 * an index to other hosts, a proxy) it decides itself: not enforced here.
 */
export const checkPipIndexes = async (pip: Pip, { env, signal, way }: SourceContext): Promise<void> => {
  const { stdout, failed } = await runPip(pip, ['config', 'list'], { env, cancelSignal: signal, timeout: LIST_MS });
  signal.throwIfAborted();
  // A pip too old for `config` knows the environment all the same.
  const settings = failed ? '' : String(stdout ?? '');
  for (const target of pipTargets(settings, env)) {
    // Naming an index in pip's own settings declares it, as naming a source does.
    const refusal = way.implied ? undefined : way.out.refusal(ERRAND, target);
    if (refusal !== undefined) throw new ServiceError('ERR_EGRESS_REFUSED', `pip: ${refusal}`);
    way.out.noteProgram(ERRAND, printTarget(target));
  }
};

const OFF = /^(0|no|off|false)$/i;
const SETTING = /^[^=]*\.(index-url|extra-index-url|find-links|proxy|no-index)='(.*)'$/;

/** The hosts pip will ask, from the lines of `pip config list` and the environment. */
export const pipTargets = (settings: string, env: NodeJS.ProcessEnv): readonly Target[] => {
  const found = settings.split('\n').flatMap((line) => {
    const [, name = '', value = ''] = SETTING.exec(line.trim()) ?? [];
    return name === '' ? [] : [{ name, value }];
  });
  const given = [
    ...found,
    { name: 'index-url', value: env.PIP_INDEX_URL ?? '' },
    { name: 'extra-index-url', value: env.PIP_EXTRA_INDEX_URL ?? '' },
    { name: 'find-links', value: env.PIP_FIND_LINKS ?? '' },
    { name: 'proxy', value: env.PIP_PROXY ?? env.HTTPS_PROXY ?? env.https_proxy ?? '' },
    { name: 'no-index', value: env.PIP_NO_INDEX ?? '' },
  ].filter(({ name, value }) => value !== '' && !(name === 'no-index' && OFF.test(value)));
  const named = given.flatMap(({ value }) => value.split(/\s+|\\n/)).flatMap(webTarget);
  const usesOwnIndex = !given.some(({ name }) => name === 'index-url' || name === 'no-index');
  const targets = [...(usesOwnIndex ? PYTHON_INDEX : []), ...named];
  return [...new Map(targets.map((target) => [printTarget(target), target])).values()];
};

const webTarget = (text: string): Target[] => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? [targetOf(url)] : [];
};
