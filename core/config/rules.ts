// All of them kept together: each is a few lines, and they are read as one list.
import { nearestName } from './advice.ts';
import { notifierFindings } from './notifier-options.ts';
import type { Finding } from './problem.ts';
import { type Config, SHIPPED_POLICIES } from './schema.ts';
import type { SettingPath } from './setting-path.ts';

/** The sections that are valid on their own; a rule about an invalid one stays quiet. */
export type ValidSections = { readonly [Name in keyof Config]?: Config[Name] | undefined };

/** Settings that are valid one by one but cannot work together. */
export const checkRules = (sections: ValidSections): Finding[] => RULES.flatMap((rule) => rule(sections));

type Rule = (sections: ValidSections) => Finding[];

const finding = (path: SettingPath, expected: string, arrived: string, advice: string): Finding => ({
  path,
  expected,
  arrived,
  advice,
});

const tlsPair: Rule = (sections) =>
  (['server', 'collectors', 'actions', 'anomaly'] as const).flatMap((section) => {
    const { cert, key } = sections[section]?.tls ?? {};
    if ((cert === undefined) === (key === undefined)) return [];
    const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    const other = `${section}.tls.${missing}`;
    return [finding([section, 'tls', given], `${other} beside it`, 'nothing', `add ${other} or remove both`)];
  });

/** Whoever reaches their pages reads the load of the machine, what runs on it, and what was done about alerts. */
const pagesInTheOpen: Rule = (sections) =>
  (['collectors', 'actions', 'anomaly'] as const).flatMap((name) => {
    const section = sections[name];
    if (section === undefined || isLoopback(section.host)) return [];
    const { host, tls, tokenFile } = section;
    if (tls.cert !== undefined && tls.key !== undefined && tokenFile !== undefined) return [];
    const expected = 'a loopback address, or tls.cert, tls.key and tokenFile beside it';
    return [finding([name, 'host'], expected, `"${host}"`, 'write 127.0.0.1 or add the three')];
  });

const actionWaits: Rule = ({ actions }) => {
  const { minMs, maxMs } = actions?.attempts ?? { minMs: 0, maxMs: 0 };
  if (minMs <= maxMs) return [];
  const path = ['actions', 'attempts', 'minMs'];
  return [finding(path, `at most maxMs (${maxMs})`, `${minMs}`, 'raise maxMs or lower minMs')];
};

const intervals: Rule = ({ anomaly }) => {
  if (anomaly === undefined) return [];
  const { shortMs, longMs } = anomaly;
  if (longMs <= shortMs || longMs % shortMs !== 0) {
    const expected = `a whole number of shortMs (${shortMs}), two at least`;
    return [finding(['anomaly', 'longMs'], expected, `${longMs}`, `write ${15 * shortMs}`)];
  }
  if (DAY_MS % longMs === 0) return [];
  return [finding(['anomaly', 'longMs'], 'a length that a day is a whole number of', `${longMs}`, 'write 900000')];
};
const DAY_MS = 86_400_000;
/** News of `Watchdog` is this far apart when all is well: a shorter silence would be told although nothing is wrong. */
const watchdogSilence: Rule = ({ actions, alertmanager, prometheus }) => {
  if (actions === undefined || alertmanager === undefined || prometheus === undefined) return [];
  const { enabled, silenceMs } = actions.deadMan;
  const isOurs = actions.enabled && alertmanager.enabled !== false && prometheus.enabled !== false;
  const apartMs = prometheus.resendMs + prometheus.intervalMs + alertmanager.heartbeatMs;
  if (!enabled || !isOurs || silenceMs > apartMs) return [];
  const expected = `more than prometheus.resendMs, prometheus.intervalMs and alertmanager.heartbeatMs together (${apartMs})`;
  return [
    finding(['actions', 'deadMan', 'silenceMs'], expected, `${silenceMs}`, 'raise it, or lower one of the three'),
  ];
};

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

const sharedSecret: Rule = ({ auth }) => {
  if (auth === undefined) return [];
  const { algorithms, secretFile } = auth.jwt;
  const index = algorithms.findIndex((algorithm) => algorithm.startsWith('HS'));
  if (index !== -1 && secretFile === undefined) {
    const path = ['auth', 'jwt', 'algorithms', index];
    return [
      finding(path, 'auth.jwt.secretFile for an HS algorithm', 'nothing', 'add secretFile or remove the algorithm'),
    ];
  }
  if (index === -1 && secretFile !== undefined) {
    const path = ['auth', 'jwt', 'secretFile'];
    return [finding(path, 'an HS algorithm in auth.jwt.algorithms', 'none', 'add HS256 there or remove secretFile')];
  }
  return [];
};

const boundCertificates: Rule = ({ auth, server }) => {
  if (auth === undefined || server === undefined || server.tls.clientCa !== undefined) return [];
  if (Object.keys(auth.mtls).length === 0) return [];
  const advice = 'name the authorities of clients there, or remove auth.mtls';
  return [finding(['auth', 'mtls'], 'server.tls.clientCa beside it', 'nothing', advice)];
};

const keySetUrl: Rule = ({ auth }) => {
  const jwks = auth?.jwt.jwks;
  if (jwks === undefined || !/^[a-z][a-z0-9+.-]*:\/\//i.test(jwks) || /^https:\/\//i.test(jwks)) return [];
  return [
    finding(['auth', 'jwt', 'jwks'], 'an https URL or the path of a file', 'another kind of URL', 'write https://…'),
  ];
};

const uniqueModels: Rule = ({ models = [] }) =>
  models.flatMap(({ id }, index) =>
    models.findIndex((other) => other.id === id) === index
      ? []
      : [
          finding(
            ['models', index, 'id'],
            'an id of its own',
            `"${id}", which an earlier model has`,
            'rename one of them',
          ),
        ],
  );

const ENGINES = ['node-llama-cpp', 'openai', 'scripted'];

/** Any other name is a module, which only the engine process can look for. */
const misspelledEngines: Rule = ({ models = [] }) =>
  models.flatMap(({ engine }, index) => {
    const nearest = ENGINES.includes(engine) ? undefined : nearestName(engine, ENGINES);
    if (nearest === undefined) return [];
    const arrived = `"${engine}"`;
    return [
      finding(['models', index, 'engine'], `${ENGINES.join(', ')} or a module`, arrived, `did you mean ${nearest}?`),
    ];
  });

const GGUF_ENGINES: ReadonlySet<string> = new Set(['node-llama-cpp', 'llama']);

const modelSources: Rule = ({ models = [] }) =>
  models.flatMap(({ engine, sources }, index) =>
    GGUF_ENGINES.has(engine) && sources.length === 0
      ? [
          finding(
            ['models', index],
            `sources for engine ${engine}`,
            'none',
            'add `sources: [{ file: … }]` or another source',
          ),
        ]
      : [],
  );

const modelContext: Rule = ({ models = [] }) =>
  models.flatMap(({ context, kvTokens }, index) =>
    typeof context === 'number' && typeof kvTokens === 'number' && context > kvTokens
      ? [
          finding(
            ['models', index, 'context'],
            `at most kvTokens (${kvTokens})`,
            `${context}`,
            'raise kvTokens or lower context',
          ),
        ]
      : [],
  );

const modelLayers: Rule = ({ models = [] }) =>
  models.flatMap(({ device, gpuLayers }, index) =>
    device === 'cpu' && (gpuLayers === 'all' || (typeof gpuLayers === 'number' && gpuLayers > 0))
      ? [
          finding(
            ['models', index, 'gpuLayers'],
            'auto or 0 with `device: cpu`',
            `${gpuLayers}`,
            'change one of the two',
          ),
        ]
      : [],
  );

const modelThreads: Rule = ({ models = [], engines }) =>
  models.flatMap(({ threads }, index) =>
    typeof threads === 'number' && typeof engines?.threads === 'number' && threads > engines.threads
      ? [
          finding(
            ['models', index, 'threads'],
            `at most engines.threads (${engines.threads})`,
            `${threads}`,
            'raise engines.threads or lower threads',
          ),
        ]
      : [],
  );

const scenarioFallbacks: Rule = ({ models, scenarios }) => {
  if (models === undefined) return [];
  const ids = models.map(({ id }) => id);
  return Object.entries(scenarios ?? {}).flatMap(([name, { fallback }]) => {
    if (fallback === undefined || ids.includes(fallback)) return [];
    const nearest = nearestName(fallback, ids);
    const advice = nearest === undefined ? `use one of ${ids.join(', ')}` : `did you mean ${nearest}?`;
    return [finding(['scenarios', name, 'fallback'], 'the id of a model', `"${fallback}"`, advice)];
  });
};

const scenarioFallBackModels: Rule = ({ models, scenarios }) => {
  if (models === undefined) return [];
  const ids = models.map(({ id }) => id);
  return Object.entries(scenarios ?? {}).flatMap(([name, { degrade }]) =>
    degrade.models.flatMap((id, index) =>
      ids.includes(id)
        ? []
        : [
            finding(
              ['scenarios', name, 'degrade', 'models', index],
              'the id of a model',
              `"${id}"`,
              `use one of ${ids.join(', ')}`,
            ),
          ],
    ),
  );
};

const scenarioBounds: Rule = ({ scenarios = {} }) =>
  Object.entries(scenarios).flatMap(([name, { minParameters = 0, maxParameters = Number.POSITIVE_INFINITY }]) =>
    minParameters > maxParameters
      ? [
          finding(
            ['scenarios', name, 'minParameters'],
            `at most maxParameters (${maxParameters})`,
            `${minParameters}`,
            'swap them or remove one',
          ),
        ]
      : [],
  );

const redactionPolicies: Rule = ({ redaction, scenarios = {} }) => {
  if (redaction === undefined) return [];
  const names = [...new Set([...Object.keys(SHIPPED_POLICIES), ...Object.keys(redaction.policies)])];
  const unknown = (path: SettingPath, policy: string | undefined): Finding[] => {
    if (policy === undefined || names.includes(policy)) return [];
    const nearest = nearestName(policy, names);
    const advice = nearest === undefined ? `use one of ${names.join(', ')}` : `did you mean ${nearest}?`;
    return [finding(path, 'the name of a policy of redaction.policies', `"${policy}"`, advice)];
  };
  return [
    ...unknown(['redaction', 'policy'], redaction.policy),
    ...Object.entries(redaction.keys).flatMap(([key, policy]) => unknown(['redaction', 'keys', key], policy)),
    ...Object.entries(scenarios).flatMap(([name, scenario]) =>
      unknown(['scenarios', name, 'redaction'], scenario.redaction),
    ),
  ];
};

const redactionRuleIds: Rule = ({ redaction }) => {
  const ids = redaction?.rules.map(({ id }) => id) ?? [];
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [finding(['redaction', 'rules', index, 'id'], 'an id of its own', `"${id}" twice`, 'rename one of them')],
  );
};

const restartWaits: Rule = ({ engines }) => {
  const { minMs, maxMs } = engines?.restart ?? { minMs: 0, maxMs: 0 };
  if (minMs <= maxMs) return [];
  return [
    finding(['engines', 'restart', 'minMs'], `at most maxMs (${maxMs})`, `${minMs}`, 'raise maxMs or lower minMs'),
  ];
};

/** One place for each kind of destination: receivers of callbacks have a list of their own, with schemes and ports. */
const callbackRows: Rule = ({ egress }) =>
  (egress?.allow ?? []).flatMap(({ purpose }, index) =>
    purpose === 'callback'
      ? [
          finding(
            ['egress', 'allow', index, 'purpose'],
            'another purpose than callback',
            'callback',
            'name the receiver in jobs.callbacks.allow, which counts as declared',
          ),
        ]
      : [],
  );
const sealedContent: Rule = ({ audit }) => {
  if (audit === undefined || (audit.content === 'sealed') === (audit.auditorKey !== undefined)) return [];
  return audit.content === 'sealed'
    ? [finding(['audit', 'content'], 'audit.auditorKey for sealed content', 'nothing', 'run `clawdbot audit keygen`')]
    : [finding(['audit', 'auditorKey'], 'audit.content: sealed beside it', audit.content, 'change one of the two')];
};

const emailLogin: Rule = ({ email }) => {
  if (email === undefined || (email.username === undefined) === (email.passwordFile === undefined)) return [];
  const [given, missing] = email.username === undefined ? ['passwordFile', 'username'] : ['username', 'passwordFile'];
  const advice = `add email.${missing} or remove email.${given}`;
  return [finding(['email', given], `email.${missing} beside it`, 'nothing', advice)];
};

/** One way to log in, and whole. */
const elkLogins: Rule = ({ elk }) =>
  (['elasticsearch', 'kibana'] as const).flatMap((name) => {
    const { apiKeyFile, username, passwordFile } = elk?.[name] ?? {};
    const at = `elk.${name}`;
    if ((username === undefined) !== (passwordFile === undefined)) {
      const [given, missing] = username === undefined ? ['passwordFile', 'username'] : ['username', 'passwordFile'];
      const advice = `add ${at}.${missing} or remove ${at}.${given}`;
      return [finding(['elk', name, given], `${at}.${missing} beside it`, 'nothing', advice)];
    }
    if (apiKeyFile === undefined || username === undefined) return [];
    return [finding(['elk', name, 'username'], `it or ${at}.apiKeyFile`, 'both', 'remove one of the two')];
  });

const elkTierAges: Rule = ({ elk }) => {
  if (elk === undefined || elk.warmAfterDays <= elk.coldAfterDays) return [];
  const expected = `at most elk.coldAfterDays (${elk.coldAfterDays})`;
  return [finding(['elk', 'warmAfterDays'], expected, `${elk.warmAfterDays}`, 'lower one or raise the other')];
};

const muteTimeNames: Rule = ({ alertmanager }) => {
  const names = alertmanager?.muteTimes.map(({ name }) => name) ?? [];
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          finding(
            ['alertmanager', 'muteTimes', index, 'name'],
            'a name of its own',
            `"${name}" twice`,
            'rename one of them',
          ),
        ],
  );
};

const scaleBounds: Rule = ({ scale }) =>
  scale === undefined || scale.min <= scale.max
    ? []
    : [
        finding(
          ['scale', 'min'],
          `at most scale.max (${scale.max})`,
          String(scale.min),
          'lower one or raise the other',
        ),
      ];

const notifiers: Rule = ({ actions }) => notifierFindings(actions?.notifiers ?? [], ['actions', 'notifiers']);

const RULES: readonly Rule[] = [
  notifiers,
  tlsPair,
  pagesInTheOpen,
  actionWaits,
  intervals,
  watchdogSilence,
  sharedSecret,
  boundCertificates,
  keySetUrl,
  uniqueModels,
  misspelledEngines,
  modelSources,
  modelContext,
  modelLayers,
  modelThreads,
  scenarioFallbacks,
  scenarioFallBackModels,
  scenarioBounds,
  redactionPolicies,
  redactionRuleIds,
  restartWaits,
  callbackRows,
  sealedContent,
  emailLogin,
  elkLogins,
  elkTierAges,
  muteTimeNames,
  scaleBounds,
];
