/** Ways in which nvidia-smi fails. */
export const FAULTS = [
  /** Prints nothing and never ends. */
  'hang',
  /** The same, and SIGTERM is ignored. */
  'ignore-sigterm',
  /** Ends within a row; in the stream it then falls silent. */
  'partial',
  /** Cells of the first device say that it is lost. */
  'lost',
  /** The whole answer says so. */
  'lost-exit',
  'mismatch',
  'no-driver',
  'no-device',
  'no-nvml',
  'no-permission',
  'bad-field',
  /** Ends at once and leaves a child that holds its output open. */
  'grandchild',
  'flood',
  'garbage',
  'crash',
  /** One-shot queries work; the stream holds its output back. */
  'silent-stream',
  /** A few rounds of the stream, then silence. */
  'wedge',
] as const;

export type Fault = (typeof FAULTS)[number];

/** What the fake does; it is read anew for every call and for every round of the stream. */
export interface FakeState {
  readonly capture: 'h100' | 'h200' | 'h200-mig' | 'l40s' | 'rtx-4080-super';
  /** Devices; each has a UUID and a bus address of its own. */
  readonly gpus: number;
  readonly fault?: Fault;
  /** Cells that differ from the capture, in every device. */
  readonly cells?: Readonly<Record<string, string>>;
  /** Degrees of the core that each round adds. */
  readonly rampDegrees?: number;
  /** Knows the names of drivers before 535, and no others. */
  readonly isOld?: boolean;
  readonly apps?: readonly { readonly gpu: number; readonly pid: number; readonly memory: string }[];
}

/** UUID of the fake's device of this number. */
export const uuidOf = (index: number): string => `GPU-${String(index).padStart(8, '0')}-fa5e-0000-0000-000000000000`;

/** Bus address of it, as nvidia-smi writes it. */
export const busOf = (index: number): string =>
  `${String(Math.floor(index / 64)).padStart(8, '0')}:${(0x10 + (index % 64)).toString(16).toUpperCase()}:00.0`;
