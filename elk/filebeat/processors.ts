import { secretPatterns } from '../secrets.ts';
import { STREAMS, type StreamKey } from '../streams.ts';

/** One step that an event goes through in Filebeat. */
export type Processor = Readonly<Record<string, unknown>>;

/** In its raw text, before anything is taken out of it or written to the queue. */
const redactLine = (): Processor[] =>
  secretPatterns('line').map(({ pattern, mask }) => ({
    replace: {
      fields: [{ field: 'message', pattern, replacement: mask }],
      ignore_missing: true,
      fail_on_error: false,
    },
  }));

/**
 * The id of a line is that of its text and its place, so that one which is sent twice (after `kill -9`, or when an answer of
 * the store was lost) is the same document. Of the raw text, which is always there: a field that is missing or an object
 * would cost the event.
 */
const identify = (fields: readonly string[]): Processor => ({
  fingerprint: { fields: [...fields], target_field: '@metadata._id', ignore_missing: true },
});

/** Takes a line of ours apart, once: JSON inside a message stays text. */
const decodeJson: Processor = {
  decode_json_fields: {
    ...{ fields: ['message'], target: '', max_depth: 1, process_array: false },
    ...{ expand_keys: true, overwrite_keys: true, add_error_key: true },
  },
};

/** What a line says of itself never decides where it goes. */
const address = (stream: StreamKey, namespace: string): Processor[] => [
  {
    drop_fields: {
      fields: [
        ...['@metadata.index', '@metadata.raw_index', '@metadata.alias', '@metadata.pipeline', '@metadata.op_type'],
        'data_stream',
      ],
      ignore_missing: true,
    },
  },
  { add_fields: { target: 'data_stream', fields: { type: 'logs', dataset: STREAMS[stream].dataset, namespace } } },
  { add_fields: { target: 'event', fields: { dataset: STREAMS[stream].dataset } } },
];

/** For all events, behind what Filebeat adds of itself: what nobody searches by, and the second copy of a line that is no JSON. */
export const TIDY: Processor = {
  drop_fields: {
    fields: [
      ...['input', 'agent.ephemeral_id', 'log.file.device_id', 'log.file.inode', 'log.file.fingerprint'],
      ...['error.data', 'error.field'],
    ],
    ignore_missing: true,
  },
};

/** For the trail: its bytes are what its hash is over. */
const keepOriginal: Processor = {
  copy_fields: { fields: [{ from: 'message', to: 'event.original' }], fail_on_error: false, ignore_missing: true },
};

/** Of a file of ours, one JSON object a line. */
export const ecsProcessors = (stream: StreamKey, namespace: string): readonly Processor[] => [
  ...redactLine(),
  identify(['message', 'log.offset']),
  ...(stream === 'audit' ? [keepOriginal] : []),
  decodeJson,
  ...address(stream, namespace),
];

/** Of a file of others, which Logstash takes apart. `identity`: what makes a line the same one. */
export const textProcessors = (
  stream: StreamKey,
  { namespace, origin, identity }: { readonly namespace: string; readonly origin: string; readonly identity: string[] },
): readonly Processor[] => [
  ...redactLine(),
  identify(identity),
  ...address(stream, namespace),
  { add_fields: { target: 'event', fields: { module: origin } } },
];
