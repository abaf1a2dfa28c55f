/** What a unit is made for. */
export interface UnitOptions {
  /** The Node that runs this: the project's own, not what is on some path at boot. */
  readonly node: string;
  /** `cli/main.ts` of this installation. */
  readonly main: string;
  readonly data: string;
  readonly modelsDir: string;
  readonly config?: string;
  /** Whom the service runs as; absent: the unit belongs to the user whose manager has it. */
  readonly user?: string;
  /** As systemd writes sizes: `12G`, `80%`. */
  readonly memoryMax: string;
}

type Lines = readonly (readonly [string, string])[];

/**
 * What the service does not need and is not given. Left open: just-in-time compilation (no `MemoryDenyWriteExecute`), and the
 * devices of accelerators.
 */
const HARDENING: Lines = [
  ['NoNewPrivileges', 'yes'],
  ['ProtectSystem', 'strict'],
  ['ProtectHome', 'read-only'],
  ['PrivateTmp', 'yes'],
  ['ProtectKernelTunables', 'yes'],
  ['ProtectKernelModules', 'yes'],
  ['ProtectKernelLogs', 'yes'],
  ['ProtectControlGroups', 'yes'],
  ['ProtectClock', 'yes'],
  ['ProtectHostname', 'yes'],
  ['RestrictAddressFamilies', 'AF_INET AF_INET6 AF_UNIX AF_NETLINK'],
  ['RestrictNamespaces', 'yes'],
  ['RestrictRealtime', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
  ['LockPersonality', 'yes'],
  ['RemoveIPC', 'yes'],
  ['SystemCallArchitectures', 'native'],
  ['SystemCallFilter', '@system-service'],
  ['SystemCallErrorNumber', 'EPERM'],
  ['CapabilityBoundingSet', ''],
  ['AmbientCapabilities', ''],
  ['UMask', '0077'],
];

/** By the names of `/proc/devices`: NVIDIA, the graphics of others, neural processors. */
const DEVICES: Lines = [
  ['DevicePolicy', 'closed'],
  ...['char-nvidia* rw', 'char-nvidia-uvm rw', 'char-drm rw', 'char-kfd rw', 'char-accel rw'].map(
    (device) => ['DeviceAllow', device] as const,
  ),
];

/** A systemd unit for `clawdbot up`. */
export const renderUnit = ({ node, main, data, modelsDir, config, user, memoryMax }: UnitOptions): string => {
  const command = [node, main, 'up', '--data', data, ...(config === undefined ? [] : ['--config', config])];
  return [
    '# Written by `clawdbot service install`; `clawdbot service remove` takes it away.',
    ...section('Unit', [
      ['Description', 'Clawdbot: large language models on this machine'],
      ['Documentation', 'https://www.freedesktop.org/software/systemd/man/systemd.exec.html'],
      ['After', 'network-online.target'],
      ['Wants', 'network-online.target'],
    ]),
    ...section('Service', [
      ['ExecStart', command.map(quoted).join(' ')],
      ...(user === undefined ? [] : ([['User', user]] as const)),
      ['Environment', quoted(`CLAWDBOT_MODELS_DIR=${modelsDir}`)],
      // The supervisor drains and stops its processes itself, and starts them again; it alone is told.
      ['KillMode', 'mixed'],
      ['TimeoutStopSec', '60'],
      ['Restart', 'on-failure'],
      ['RestartSec', '2'],
      // Invalid configuration, or nowhere to write: to start again mends neither.
      ['RestartPreventExitStatus', '73 78'],
      ['LimitNOFILE', '65536'],
      ['MemoryMax', memoryMax],
      // An engine that is killed for memory costs one replica.
      ['OOMPolicy', 'continue'],
      ['ReadWritePaths', [data, modelsDir].map(quoted).join(' ')],
      ...HARDENING,
      ...DEVICES,
    ]),
    ...section('Install', [['WantedBy', user === undefined ? 'default.target' : 'multi-user.target']]),
    '',
  ].join('\n');
};

const section = (name: string, lines: Lines): string[] => [
  '',
  `[${name}]`,
  ...lines.map(([key, value]) => `${key}=${value}`),
];

/** systemd splits at spaces, and reads `%` and `$` as the beginning of something of its own. */
const quoted = (text: string): string => {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /[\s"\\]/.test(text) ? `"${escaped}"` : escaped;
};
