import { compare } from '../compare.ts';
import { keyOf, type Resource } from '../resource.ts';
import { secretPatterns } from '../secrets.ts';
import { STREAMS, type StreamKey } from '../streams.ts';
import { foreignRisk, MANAGED, type Shape } from './shape.ts';

const LOGS = 'clawdbot-logs';
const AUDIT = 'clawdbot-audit';

/** What documents of a stream go through before they are stored. */
export const pipelineName = (key: StreamKey): string => (STREAMS[key].protected ? AUDIT : LOGS);

/** Texts that others than the service may have written, or that a rule turned off let through. */
const REDACTED = [
  ...['message', 'error.message', 'error.stack_trace', 'event.original', 'url.path', 'url.original'],
  'user_agent.original',
];
/** Numbers that Logstash took out of a text. */
const NUMBERS = [
  ...['event.duration', 'http.request.body.bytes', 'http.response.body.bytes', 'http.response.status_code'],
  ...['process.pid', 'gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens'],
];

type Processor = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const tag = (value: string): Processor => ({ append: { field: 'tags', value: [value], allow_duplicates: false } });

/**
 * The service writes dotted keys next to nested objects; processors see only the latter. A line whose parts are no objects
 * where they should be stays as it is: its mapping decides.
 */
const expanded: Processor = { dot_expander: { field: '*', override: true, ignore_failure: true } };

/** A line without a time that can be read is found under the time at which it came, and says so. */
const timed: readonly Processor[] = [
  { set: { field: 'event.ingested', value: '{{{_ingest.timestamp}}}' } },
  {
    date: {
      field: '@timestamp',
      formats: ['ISO8601', 'UNIX_MS'],
      on_failure: [{ set: { field: '@timestamp', value: '{{{_ingest.timestamp}}}' } }, tag('clawdbot_time_unreadable')],
    },
  },
  {
    script: {
      description: 'How late the line came; negative where its clock is ahead.',
      lang: 'painless',
      source: [
        "ZonedDateTime written = ZonedDateTime.parse(ctx['@timestamp']);",
        "ZonedDateTime come = ZonedDateTime.parse(ctx['event']['ingested']);",
        "if (!(ctx['clawdbot'] instanceof Map)) { ctx['clawdbot'] = new HashMap(); }",
        "ctx['clawdbot']['lag_ms'] = ChronoUnit.MILLIS.between(written, come);",
      ].join(' '),
      on_failure: [tag('clawdbot_lag_unknown')],
    },
  },
];

const numbered: readonly Processor[] = NUMBERS.map((field) => ({
  convert: {
    field,
    type: 'long',
    ignore_missing: true,
    on_failure: [{ remove: { field, ignore_missing: true } }, tag('clawdbot_number_unreadable')],
  },
}));

/** One expression for all of them: each processor costs as much again as the search, on fields that are not there too. */
const ANY_SECRET = secretPatterns('text')
  .map(({ pattern }) => `(?:${pattern})`)
  .join('|');

/** A text that cannot be redacted is not stored. */
const redacted: readonly Processor[] = REDACTED.map((field) => ({
  gsub: {
    tag: 'redact',
    field,
    pattern: ANY_SECRET,
    replacement: '[REDACTED]',
    ignore_missing: true,
    on_failure: [{ remove: { field, ignore_missing: true } }, tag('clawdbot_not_redactable')],
  },
}));

/** Whatever goes wrong here, the line is kept. */
const kept: readonly Processor[] = [
  { set: { field: 'event.reason', value: '{{{_ingest.on_failure_message}}}', ignore_failure: true } },
  tag('clawdbot_pipeline_failed'),
];

const logs = {
  description: 'Every line: dotted keys made objects, secrets masked once more, time and delay, numbers.',
  // Secrets first: what goes wrong later ends the pipeline, and the line is kept as it is then.
  processors: [expanded, ...redacted, ...timed, ...numbered],
  on_failure: kept,
  _meta: MANAGED,
};

/** The hash of a record is its name: one that is sent twice is stored once. */
const audit = {
  description: 'The audit trail: like every line, and named by its hash.',
  processors: [
    { pipeline: { name: LOGS } },
    { set: { if: "ctx.event?.hash != null && ctx.event.hash != ''", field: '_id', value: '{{{event.hash}}}' } },
  ],
  on_failure: kept,
  _meta: MANAGED,
};

/** Processors that a cluster must have; every distribution of Elastic's does, on its ingest nodes. */
export const PROCESSORS_NEEDED = [
  ...['append', 'convert', 'date', 'dot_expander', 'gsub', 'pipeline', 'remove', 'script', 'set'],
];

export const pipelines = ({ without }: Shape): readonly Resource[] =>
  without.has('ingest')
    ? []
    : [pipeline(LOGS, logs, []), pipeline(AUDIT, audit, [keyOf({ kind: 'pipeline', name: LOGS })])];

const pipeline = (name: string, body: object, dependsOn: readonly string[]): Resource => {
  const path = `/_ingest/pipeline/${name}`;
  return {
    kind: 'pipeline',
    name,
    dependsOn,
    needs: 'ingest',
    put: { method: 'PUT', path, body },
    get: { path },
    // Safe: the answer of Elasticsearch; whatever is not where it should be is a difference.
    previous: (found) => withoutDates((found as Record<string, object>)[name] ?? {}),
    same: (found) => compare(body, (found as Record<string, unknown>)[name]),
    risk: (found) => foreignRisk((found as Record<string, unknown>)[name]),
  };
};

/** Elasticsearch says when it was made and changed, and takes neither back. */
export const withoutDates = (body: object): object =>
  Object.fromEntries(Object.entries(body).filter(([key]) => !/^(created|modified)_date/.test(key)));
