import type { DataClass } from '../config/egress-words.ts';
import { notifierAddress } from '../config/notifier-options.ts';
import type { Config, ModelConfig, ModelSource } from '../config/schema.ts';
import { type NotifierConfig, SMS_NOTIFIERS } from '../config/schema-notifiers.ts';
import { type EgressRow, printTarget, type Target, targetOf } from './policy.ts';

type Sections = Pick<
  Config,
  'actions' | 'auth' | 'downloads' | 'egress' | 'email' | 'jobs' | 'models' | 'scale' | 'telemetry'
>;
type Environment = Readonly<Record<string, string | undefined>>;

/** A hub and the hosts it redirects downloads to. */
const HUGGING_FACE = ['huggingface.co', '*.huggingface.co', '*.hf.co'];
const MODELSCOPE = ['modelscope.cn', '*.modelscope.cn'];
/** Where pip looks when nobody told it otherwise. */
const PYTHON_INDEX = ['pypi.org', 'files.pythonhosted.org'];

/** Everything that may leave: what `egress.allow` declares, and what other sections imply. */
export const egressRows = (config: Sections, env: Environment): readonly EgressRow[] => [
  ...config.egress.allow,
  ...(config.egress.implied ? [...modelRows(config, env), ...keySetRows(config.auth)] : []),
  ...localUpstreamRows(config.models),
  ...collectorRows(config.telemetry, config.egress.implied),
  ...callbackRows(config.jobs.callbacks),
  ...emailRows(config.email, config.egress.implied),
  ...scaleRows(config.scale, config.egress.implied),
  ...notifierRows(config.actions.notifiers, config.egress.implied),
  ...heartbeatRows(config.actions, config.egress.implied),
];

/** Where alerts are mailed: Alertmanager and the actions service send them, with names and values of what went wrong. */
export const emailRows = ({ smarthost }: Config['email'], isImplied: boolean): readonly EgressRow[] => {
  const target = smarthost === undefined ? undefined : smarthostTarget(smarthost);
  if (target === undefined || !(isImplied || isThisMachine(target))) return [];
  return hostsOf(target).map((host) => ({ host, ...EMAIL, impliedBy: 'email.smarthost' }));
};

/** Who is called while all is well; nothing goes with it. */
export const heartbeatRows = (
  { deadMan }: Pick<Config['actions'], 'deadMan'>,
  isImplied: boolean,
): readonly EgressRow[] => {
  const { heartbeatUrl: url } = deadMan;
  if (url === undefined || !(isImplied || isThisMachine(targetOf(new URL(url))))) return [];
  return urlRow(url, { purpose: 'webhook', dataClass: 'none' }, 'actions.deadMan.heartbeatUrl');
};

/** Who is told how many replicas are wanted. */
export const scaleRows = ({ target, options }: Config['scale'], isImplied: boolean): readonly EgressRow[] => {
  const url = target === 'kubernetes' ? (options.url ?? 'https://kubernetes.default.svc') : options.url;
  if (!['kubernetes', 'webhook'].includes(target) || typeof url !== 'string') return [];
  const parsed = URL.parse(url);
  if (parsed === null || !(isImplied || isThisMachine(targetOf(parsed)))) return [];
  return urlRow(url, { purpose: 'scale', dataClass: 'metadata' }, 'scale.options.url');
};

/** The parts of `host:port`; the schema knows that both are there. */
export const smarthostTarget = (smarthost: string): Target => targetOf(new URL(`http://${smarthost}`));

/** Where telemetry is sent. What people wrote goes to no other machine by being implied, redacted or not. */
export const collectorRows = ({ otlp, content }: Config['telemetry'], isImplied: boolean): readonly EgressRow[] => {
  const url = otlp.endpoint === undefined ? null : URL.parse(otlp.endpoint);
  if (otlp.endpoint === undefined || url === null) return [];
  if (!isThisMachine(targetOf(url)) && (!isImplied || content)) return [];
  return urlRow(otlp.endpoint, { purpose: 'otlp', dataClass: otlpDataClass({ content }) }, 'telemetry.otlp.endpoint');
};

/** What telemetry carries. */
export const otlpDataClass = ({ content }: Pick<Config['telemetry'], 'content'>): DataClass =>
  content ? 'redacted' : 'metadata';

/** Where people are told of alerts. What is named in the list of notifiers is meant to be asked; a module names nothing. */
export const notifierRows = (notifiers: readonly NotifierConfig[], isImplied: boolean): readonly EgressRow[] =>
  notifiers.flatMap(({ use, options }, index) => {
    const text = notifierAddress(use, options);
    const url = text === undefined ? null : URL.parse(text);
    if (text === undefined || url === null || (!isImplied && !isThisMachine(targetOf(url)))) return [];
    const purpose = SMS_NOTIFIERS.has(use) ? 'sms' : 'webhook';
    return urlRow(text, { purpose, dataClass: 'metadata' }, `actions.notifiers[${index}]`);
  });

/** Where job callbacks may go: `jobs.callbacks` is their only list, whatever `egress.implied` says. */
export const callbackRows = ({ allow, allowAddresses }: Config['jobs']['callbacks']): readonly EgressRow[] => [
  ...allow.flatMap((entry) =>
    urlRow(/^https?:\/\//i.test(entry) ? entry : `https://${entry}`, CALLBACK, 'jobs.callbacks.allow'),
  ),
  ...allowAddresses.map((host) => ({ host, ...CALLBACK, impliedBy: 'jobs.callbacks.allowAddresses' })),
];

/** Where the key set of tokens is read. */
export const keySetRows = ({ jwt }: Pick<Config['auth'], 'jwt'>): readonly EgressRow[] =>
  jwt.jwks?.startsWith('https://') ? urlRow(jwt.jwks, KEY_SET, 'auth.jwt.jwks') : [];

/** Where the models of a configuration come from. */
export const modelRows = (
  { models, downloads }: Pick<Config, 'models' | 'downloads'>,
  env: Environment,
): readonly EgressRow[] => {
  const rows = models.flatMap(({ sources }, index) =>
    sources.flatMap((source, place) => sourceRows(source, downloads, env, `models[${index}].sources[${place}]`)),
  );
  return [...new Map(rows.map((row) => [row.host, row])).values()];
};

const CALLBACK = { purpose: 'callback', dataClass: 'prompt' } as const;
const KEY_SET = { purpose: 'jwks', dataClass: 'none' } as const;
const DOWNLOAD = { purpose: 'model-download', dataClass: 'none' } as const;
export const EMAIL = { purpose: 'email', dataClass: 'metadata' } as const;
const UPSTREAM = { purpose: 'upstream', dataClass: 'prompt' } as const;

const sourceRows = (
  source: ModelSource,
  { mirrors }: Config['downloads'],
  env: Environment,
  impliedBy: string,
): readonly EgressRow[] => {
  const named = (hosts: readonly string[]) => hosts.map((host) => ({ host, ...DOWNLOAD, impliedBy }));
  // A mirror redirects to the storage of its hub.
  if ('hf' in source) return [...mirrorRows(mirrors.hf ?? env.HF_ENDPOINT, mirrors.hf, 'hf'), ...named(HUGGING_FACE)];
  if ('modelscope' in source)
    return [...mirrorRows(mirrors.modelscope, mirrors.modelscope, 'modelscope'), ...named(MODELSCOPE)];
  if ('https' in source) return urlRow(source.https, DOWNLOAD, impliedBy);
  if (source.python === undefined) return [];
  return [
    ...[env.PIP_INDEX_URL, env.PIP_EXTRA_INDEX_URL, env.PIP_FIND_LINKS]
      .flatMap((value) => value?.split(/\s+/) ?? [])
      .flatMap((url) => urlRow(url, DOWNLOAD, "pip's settings in the environment")),
    ...named(PYTHON_INDEX),
  ];
};

const mirrorRows = (url: string | undefined, setting: string | undefined, hub: string): readonly EgressRow[] =>
  url === undefined || url === ''
    ? []
    : urlRow(url, DOWNLOAD, setting === undefined ? 'HF_ENDPOINT' : `downloads.mirrors.${hub}`);

/** An upstream on this very machine: nothing leaves, so it needs no permission. */
const localUpstreamRows = (models: readonly ModelConfig[]): readonly EgressRow[] =>
  models.flatMap((model, index) => {
    const target = upstreamTarget(model);
    const impliedBy = `models[${index}].options.baseUrl`;
    if (target === undefined || !isThisMachine(target)) return [];
    return hostsOf(target).map((host) => ({ host, ...UPSTREAM, impliedBy }));
  });

/** Where the `openai` engine of a model sends prompts; `undefined` for engines that compute here. */
export const upstreamTarget = ({ engine, options }: Pick<ModelConfig, 'engine' | 'options'>): Target | undefined => {
  if (engine !== 'openai' || typeof options.baseUrl !== 'string') return undefined;
  const url = URL.parse(options.baseUrl);
  return url === null || !/^https?:$/.test(url.protocol) ? undefined : targetOf(url);
};

/** Judged by the name alone: what only resolves to this machine may resolve to another tomorrow. */
export const isThisMachine = ({ host }: Pick<Target, 'host'>): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

const urlRow = (text: string, kind: Pick<EgressRow, 'purpose' | 'dataClass'>, impliedBy: string): EgressRow[] => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return [];
  return hostsOf(targetOf(url)).map((host) => ({ host, ...kind, impliedBy }));
};

/** The name of this machine alone would not do: the addresses it resolves to are not public. */
const hostsOf = (target: Target): readonly string[] => {
  const hosts = target.host === 'localhost' ? ['localhost', '127.0.0.1', '::1'] : [target.host];
  return hosts.map((host) => printTarget({ host, port: target.port }));
};

/**
 * May a request that this model answers leave the machine? Of a third-party engine nobody knows what it does: it may,
 * as soon as a declared row lets anything out to an upstream.
 */
export const mayLeave = (model: Pick<ModelConfig, 'engine' | 'options'>, rows: readonly EgressRow[]): boolean => {
  if (LOCAL_ENGINES.has(model.engine)) return false;
  if (model.engine !== 'openai')
    return rows.some(({ purpose, impliedBy }) => purpose === 'upstream' && impliedBy === undefined);
  const target = upstreamTarget(model);
  return target === undefined || !isThisMachine(target);
};

const LOCAL_ENGINES: ReadonlySet<string> = new Set(['llama', 'node-llama-cpp', 'scripted']);
