import type { Config } from '../../core/config/schema.ts';
import { variable } from '../rendered-file.ts';
import { type Channel, STREAM_KEYS, STREAMS, type StreamKey } from '../streams.ts';
import { ecsProcessors, type Processor, textProcessors } from './processors.ts';

type Elk = Pick<Config['elk'], 'namespace' | 'filebeat'>;

/** One `filestream` input. */
type Input = Readonly<Record<string, unknown>>;

/**
 * Characters of a file that it is told apart by; a shorter file waits for its second line. The first 128 of a line of ours
 * hold its millisecond and the number of its process, which no other file of the same input begins with, and the shortest
 * line has more. The default of 1024 would leave a quiet log unread for hours.
 */
const FINGERPRINT_BYTES = 128;
/** Three times the longest line of ours (an engine that ended, with its last words). One that is cut is no JSON any more and arrives as text. */
const MAX_LINE_BYTES = 262_144;

/** The lines that go on with the one before them: frames and causes of Java, Python, Node.js and Go. */
const CONTINUED = '^[[:space:]]|^Caused by:|^goroutine |^Traceback |^[A-Za-z_.]*(Error|Exception): ';

const filestream = (id: string, paths: readonly string[], more: Input, processors: readonly Processor[]): Input => ({
  type: 'filestream',
  // Never changed: under another id everything is read anew.
  id: `clawdbot-${id}`,
  paths: [...paths],
  ...more,
  message_max_bytes: MAX_LINE_BYTES,
  // A file that is renamed or removed while the store is away is read to its end; after that, it is let go.
  close: { on_state_change: { inactive: '5m', removed: false, renamed: false } },
  clean_removed: false,
  processors: [...processors],
});

/** By what they begin with: what is renamed stays the same file, and a new one of the same inode is another. */
const BY_FINGERPRINT = {
  prospector: { scanner: { check_interval: '5s', fingerprint: { enabled: true, length: FINGERPRINT_BYTES } } },
  file_identity: { fingerprint: null },
};

/** Containers may begin with the same words; their files keep their inode until they are removed. */
const BY_INODE = {
  prospector: { scanner: { check_interval: '5s', fingerprint: { enabled: false } } },
  file_identity: { native: null },
};

const ecsInput = (stream: StreamKey, { namespace, filebeat }: Elk): Input =>
  filestream(
    stream,
    STREAMS[stream].files.map((file) => `${variable('CLAWDBOT_DATA', filebeat.dataDir)}/${file}`),
    BY_FINGERPRINT,
    ecsProcessors(stream, namespace),
  );

/** What the kernel says about accelerators and about memory that ran out. */
const DRIVER_LINES = [
  ...['NVRM', 'nvidia', 'Xid', 'amdgpu', 'davinci', 'ascend', '[Oo]ut of memory', 'oom-kill', 'oom_reaper'],
];

const kernelInput = ({ namespace, filebeat }: Elk): Input =>
  filestream(
    'kernel',
    filebeat.kernelLogs,
    // Packed ones are what was read before they were packed.
    {
      ...BY_FINGERPRINT,
      prospector: {
        scanner: { ...BY_FINGERPRINT.prospector.scanner, exclude_files: ['\\.(gz|xz|zst|bz2)$'] },
      },
      include_lines: [...DRIVER_LINES],
    },
    textProcessors('engine', { namespace, origin: 'kernel', identity: ['message', 'log.offset'] }),
  );

const containerInput = ({ namespace, filebeat }: Elk): Input =>
  filestream(
    'containers',
    filebeat.containerLogs,
    {
      ...BY_INODE,
      parsers: [
        { container: { stream: 'all', format: 'docker' } },
        {
          multiline: {
            ...{ type: 'pattern', pattern: CONTINUED, negate: false, match: 'after' },
            ...{ max_lines: 500, timeout: '3s' },
          },
        },
      ],
    },
    [
      { drop_event: { when: { not: { regexp: { 'docker.attrs.tag': `^${escaped(filebeat.containerTag)}` } } } } },
      ...textProcessors('engine', {
        ...{ namespace, origin: 'container' },
        identity: ['@timestamp', 'message', 'log.offset', 'log.file.path'],
      }),
    ],
  );

const escaped = (text: string): string => text.replace(/[.-]/g, '\\$&');

/** What the Filebeat of a channel reads. */
export const inputsOf = (channel: Channel, elk: Elk): readonly Input[] => {
  const streams = STREAM_KEYS.filter((key) => STREAMS[key].channel === channel && STREAMS[key].files.length > 0);
  const ours = streams.map((stream) => ecsInput(stream, elk));
  if (channel !== 'parsed') return ours;
  return [
    ...ours,
    ...(elk.filebeat.kernelLogs.length > 0 ? [kernelInput(elk)] : []),
    ...(elk.filebeat.containerLogs.length > 0 ? [containerInput(elk)] : []),
  ];
};
