/** Who may import whom: a file belongs to the longest `zone` that its path starts with, and may always import its own zone. */
export interface ZoneRule {
  readonly zone: string;
  /** Folders and files outside the zone that it may import. */
  readonly may: readonly string[];
}

/** Inside core, each folder may import those before it. */
const CORE = ['errors', 'config', 'hardware', 'egress', 'http', 'telemetry', 'audit', 'plugins', 'resilience'].map(
  (name) => `core/${name}`,
);

const PROTOCOL = 'services/engine/protocol';
const INFERENCE = 'services/inference';
/** What every stage may know of the others: the call, the flow through the stages, and what a process tells its parent. */
const CONTRACTS = ['call.ts', 'flow.ts', 'supervision.ts', 'run-files.ts'].map((file) => `${INFERENCE}/${file}`);
/** The words of the request arrow, a folder each. */
const STAGES = [
  'http',
  'auth',
  'redact',
  'admit',
  'cache',
  'route',
  'respond',
  'jobs',
  'models',
  'console',
  'audit',
  'usage',
];

/** Native work for the command line: what starts it in a process of its own, and the shape of its results. */
const NATIVE_ERRANDS = [
  'quantize/quantize-file.ts',
  'measure/measure-model.ts',
  'measure/job.ts',
  'measure/pace-model.ts',
].map((file) => `services/engine/${file}`);

export const ZONES: readonly ZoneRule[] = [
  ...CORE.map((zone, index) => ({ zone, may: CORE.slice(0, index) })),

  { zone: PROTOCOL, may: ['core/errors', 'core/egress'] },
  { zone: 'services/engine', may: ['core'] },

  // The files beside the stages assemble them; contracts among them are kept to types by the zones below.
  { zone: INFERENCE, may: ['core', PROTOCOL] },
  { zone: `${INFERENCE}/call.ts`, may: ['core', PROTOCOL] },
  { zone: `${INFERENCE}/supervision.ts`, may: ['core', PROTOCOL, `${INFERENCE}/call.ts`] },
  { zone: `${INFERENCE}/run-files.ts`, may: ['core', PROTOCOL, `${INFERENCE}/call.ts`] },
  ...STAGES.map((stage) => ({ zone: `${INFERENCE}/${stage}`, may: ['core', PROTOCOL, ...CONTRACTS] })),
  // A route answers in the forms of respond/, which hold no state: the last word of the arrow, said at the door.
  {
    zone: `${INFERENCE}/http/routes`,
    may: ['core', PROTOCOL, ...CONTRACTS, `${INFERENCE}/http`, `${INFERENCE}/respond`],
  },

  { zone: 'collectors', may: ['core'] },
  { zone: 'alerting', may: ['core'] },
  // A kind of action knows what it is asked for, and none of the others.
  ...['email', 'sms', 'chat', 'courier', 'scale', 'breaker'].map((kind) => ({
    zone: `alerting/actions/${kind}`,
    may: ['core', 'alerting/actions/action.ts', 'alerting/actions/notifier'],
  })),
  // Boards draw the limits of alerts, and are where alerts lead.
  { zone: 'dashboards', may: ['core', 'alerting/links.ts', 'alerting/rules', 'elk/anomaly/detect/alarm.ts'] },
  { zone: 'elk', may: ['core'] },
  // Images take from the lock what the bootstrap takes, by the same rules.
  { zone: 'deploy', may: ['core', 'cli/setup'] },
  {
    zone: 'cli',
    may: [
      ...[
        'core',
        PROTOCOL,
        ...CONTRACTS,
        ...NATIVE_ERRANDS,
        'collectors/supervision.ts',
        'elk/anomaly/supervision.ts',
        'alerting/actions/supervision.ts',
        'alerting/actions/policy',
        'alerting/alertmanager',
        'alerting/watch',
        'alerting/rules',
        'alerting/links.ts',
        'cli/drills',
        'elk',
      ],
      ...['auth', 'models', 'jobs', 'redact', 'usage'].map((stage) => `${INFERENCE}/${stage}`),
    ],
  },
  // They stand a service up among the same fakes that tests use; nothing else of the command line knows those.
  {
    zone: 'cli/drills',
    may: [
      'core',
      'cli',
      'alerting',
      'tests',
      ...['local-certificate.ts', 'x509.ts'].map((file) => `${INFERENCE}/http/${file}`),
    ],
  },
  // Runs before any package is there and beneath everything else.
  { zone: 'cli/setup', may: [] },
  { zone: 'bench', may: ['core', 'services', 'collectors', 'alerting', 'dashboards', 'elk', 'cli', 'tests'] },
  { zone: 'tests', may: ['core', 'services', 'collectors', 'alerting', 'dashboards', 'elk', 'deploy', 'cli', 'bench'] },
  { zone: 'vitest.config.ts', may: ['tests'] },
];

/** What anything may import. */
export const EVERYBODY_MAY: readonly string[] = ['package.json'];

/** Tests that sit beside the code may also use what tests share, and stand their folder's neighbours up through it. */
export const TESTS_MAY: readonly string[] = ['tests'];

/** Packages that only some folders may import, with the reason that the failure shows. */
export const PACKAGE_RULES: readonly {
  readonly name: string;
  readonly only: readonly string[];
  readonly why: string;
}[] = [
  {
    name: 'node-llama-cpp',
    only: ['services/engine/node-llama-cpp', `${INFERENCE}/models`],
    why: 'native code lives in engines alone; an abort there must cost one replica, not the service',
  },
  ...['api', 'sdk-node', 'sdk-trace', 'sdk-logs', 'sdk-metrics', 'otlp-exporter-base'].map((name) => ({
    name: `@opentelemetry/${name}`,
    only: ['core/telemetry'],
    why: 'telemetry is wrapped around the stages; none of them knows what takes it',
  })),
  { name: 'koffi', only: ['services/engine'], why: 'native code lives in engines alone' },
  { name: 'hono', only: [`${INFERENCE}/http`], why: 'no other stage knows what carries a request' },
  { name: '@hono/node-server', only: [`${INFERENCE}/http`], why: 'no other stage knows what carries a request' },
];

/** Nothing that runs imports these: their results are committed, so they may be built with development packages. */
export const BUILT_AHEAD: readonly string[] = ['dashboards'];

/**
 * What opens connections to other machines: modules, and of a module only these names where it has harmless ones too.
 * One folder may use them, so that one policy sees everything that leaves; tests and benches are outside the service.
 */
export const WAYS_OUT: readonly { readonly module: string; readonly names?: readonly string[] }[] = [
  { module: 'undici' },
  { module: 'node:http', names: ['request', 'get', 'Agent', 'globalAgent', 'ClientRequest', 'default', '*'] },
  { module: 'node:https', names: ['request', 'get', 'Agent', 'globalAgent', 'default', '*'] },
  { module: 'node:http2', names: ['connect', 'default', '*'] },
  { module: 'node:net', names: ['connect', 'createConnection', 'Socket', 'Stream', 'default', '*'] },
  { module: 'node:tls', names: ['connect', 'TLSSocket', 'default', '*'] },
  { module: 'node:dgram' },
  { module: 'node:dns' },
  { module: 'node:dns/promises' },
];

/** Globals that do the same. */
export const GLOBALS_OUT: readonly string[] = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'];

/** Where they may be used, and files that stand up a server to be asked over a real socket. */
export const MAY_GO_OUT: readonly string[] = [
  'core/egress',
  // Asks its own container whether it is well, every few seconds, so it loads nothing; no part of the service.
  'deploy/docker/health.mjs',
  'tests',
  'bench',
];
export const TEST_CLIENTS: readonly string[] = [
  'services/inference/http/test-server.ts',
  'services/inference/http/routes/test-target.ts',
];

/** Files that run before `npm ci`, by the start of their path and their ending: they import no package at all. */
export const WITHOUT_PACKAGES: readonly { readonly start: string; readonly end: string }[] = [
  { start: 'cli/bootstrap', end: '.mjs' },
  { start: 'cli/setup/', end: '.mjs' },
];

/** Folders and files whose name says nothing about what they do. */
export const EMPTY_NAMES: readonly string[] = ['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'shared', 'lib'];

/** Two screens; past it a file says in its first comment why it is one file. */
export const MAX_LINES = 250;

/** How a first comment says so. */
export const SAYS_WHY_LONG = /\b(one file|one table|one place|kept together|long because)\b/i;

/** Tables may run long: one row per fact, read from top to bottom, never followed. */
export const TABLES: readonly string[] = [
  'core/errors/codes.ts',
  'core/config/schema.ts',
  'core/telemetry/metrics.ts',
  'services/inference/models/catalogue/catalogue.ts',
];

/** Top-level folders that hold no part of the arrows and need no README. */
export const WITHOUT_README: readonly string[] = ['node_modules', 'reports'];
