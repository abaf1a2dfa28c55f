import { secretPatterns } from '../secrets.ts';
import { STREAM_KEYS, STREAMS } from '../streams.ts';
import { plugin, remark, when } from './conf.ts';
import { GROK_ORDER, type GrokName } from './patterns.ts';

const grok = (id: string, field: string, names: readonly GrokName[], patternsDir: string): string =>
  plugin('grok', {
    id,
    match: { [field]: names.map((name) => `%{${name}}`) },
    patterns_dir: [patternsDir],
    // A line that is slow to try is left as it is, and so is one that fits nothing: most of them need nothing.
    ...{ timeout_millis: 500, tag_on_timeout: 'clawdbot_grok_timeout', tag_on_failure: [] },
  });

const set = (fields: Readonly<Record<string, string>>): string =>
  plugin('mutate', { replace: Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, value])) });

/** Lines of the kernel: who it was about, and when by its own clock. */
const kernel = (dir: string): readonly string[] => [
  remark('The kernel: accelerators and memory.'),
  grok('kernel-line', 'message', ['CLAWDBOT_KERNEL'], dir),
  when('[@metadata][said]', [
    grok('kernel-said', '[@metadata][said]', GROK_ORDER.kernel, dir),
    set({ '[event][action]': 'driver.logged', '[log][level]': 'warn', '[service][name]': 'kernel' }),
    when('[error][code] or [process][pid]', [set({ '[log][level]': 'error' })]),
    plugin('date', {
      id: 'kernel-time',
      match: ['[@metadata][time]', 'ISO8601', 'MMM dd HH:mm:ss', 'MMM  d HH:mm:ss'],
      tag_on_failure: ['clawdbot_time_unreadable'],
    }),
  ]),
];

/** Logs of our containers: of which one, and its level where it says so. */
const container = (dir: string): readonly string[] => [
  remark('Containers of ours, as text: a record inside a line stays text.'),
  plugin('mutate', {
    gsub: ['message', '\\n(?=\\n)', '', 'message', '\\n\\z', ''],
    rename: { '[docker][attrs][tag]': '[container][name]', '[stream]': '[log][stream]' },
  }),
  grok('container-file', '[log][file][path]', ['CLAWDBOT_CONTAINER_FILE'], dir),
  set({ '[event][action]': 'container.logged', '[log][level]': 'info', '[container][runtime]': 'docker' }),
  plugin('grok', {
    id: 'container-line',
    match: { message: ['%{CLAWDBOT_TERMINAL}'] },
    patterns_dir: [dir],
    overwrite: ['[log][level]', '[event][action]'],
    ...{ timeout_millis: 500, tag_on_timeout: 'clawdbot_grok_timeout', tag_on_failure: [] },
  }),
  when('[message] =~ /\\A(?:Traceback |[A-Za-z_.]*(?:Error|Exception): |panic: )/', [
    set({ '[log][level]': 'error' }),
    plugin('mutate', { copy: { message: '[error][stack_trace]' } }),
  ]),
];

/** What engines wrote: what it was, and how bad. */
const engine = (dir: string): readonly string[] => [
  remark('What engines wrote to their standard streams; the service wrote one record for each line.'),
  grok('engine-said', 'message', GROK_ORDER.engine, dir),
  when('[error][type] or [error][message]', [set({ '[log][level]': 'error' })]),
  ...(
    [
      ['D', 'debug'],
      ['W', 'warn'],
      ['E', 'error'],
    ] as const
  ).map(([letter, level]) => when(`[@metadata][letter] == "${letter}"`, [set({ '[log][level]': level })])),
];

/** Where a secret may stand that somebody else wrote. */
const REDACTED = [
  ...['message', '[event][original]', '[error][message]', '[error][stack_trace]'],
  ...['[url][path]', '[url][original]', '[user_agent][original]'],
] as const;

/** Last of all, so that nothing is taken out of a line after it was masked. */
const redact = (): readonly string[] => [
  remark('The second line of defence: Filebeat has masked the raw line, this masks what came out of it.'),
  plugin('mutate', {
    id: 'redact',
    gsub: REDACTED.flatMap((field) => secretPatterns('text').flatMap(({ pattern, mask }) => [field, pattern, mask])),
    tag_on_failure: 'clawdbot_not_redactable',
  }),
  remark('What cannot be masked is not passed on.'),
  when('"clawdbot_not_redactable" in [tags]', [plugin('mutate', { remove_field: [...REDACTED] })]),
];

/** The same line has the same id, whoever sends it. Filebeat gives it; without one, all lines would be one document. */
export const identified = (): string =>
  when('![@metadata][_id]', [
    plugin('fingerprint', {
      ...{ id: 'line-id', source: ['message', '[log][offset]'], target: '[@metadata][_id]' },
      ...{ method: 'SHA256', concatenate_sources: true },
    }),
  ]);

const PARSED = STREAM_KEYS.filter((key) => STREAMS[key].channel === 'parsed').map((key) => STREAMS[key].dataset);

/** What every event goes through. `dir`: the folder of the patterns. */
export const filters = (dir: string, namespace: string): readonly string[] => [
  remark('Only the data sets of this channel; Filebeat sets them, and no line can.'),
  when(`[data_stream][dataset] not in [${PARSED.map((dataset) => `"${dataset}"`).join(', ')}]`, [
    set({ '[data_stream][dataset]': STREAMS.engine.dataset }),
    plugin('mutate', { add_tag: ['clawdbot_misrouted'] }),
  ]),
  set({ '[data_stream][type]': 'logs', '[data_stream][namespace]': namespace }),
  when(`[data_stream][dataset] == "${STREAMS.engine.dataset}"`, [
    when('[event][module] == "kernel"', kernel(dir), [
      when('[event][module] == "container"', container(dir), engine(dir)),
    ]),
  ]),
  when('[error][message] =~ /\\Aparsing input as JSON/', [plugin('mutate', { add_tag: ['clawdbot_not_json'] })]),
  ...redact(),
  identified(),
  plugin('mutate', { id: 'tidy', remove_field: ['@version', 'stream', 'docker', '[agent][ephemeral_id]', 'input'] }),
];
