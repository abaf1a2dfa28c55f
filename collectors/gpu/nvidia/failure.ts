import type { ReadFailure } from '../../reader.ts';

interface Failure {
  readonly reason: ReadFailure;
  readonly detail: string;
}

/** What the exit codes of nvidia-smi mean, from its manual. */
const EXIT_CODES: Readonly<Record<number, Failure>> = {
  2: { reason: 'exit_2', detail: 'a field or an option that this driver does not know' },
  4: { reason: 'permission', detail: 'not allowed to ask the driver' },
  6: { reason: 'exit_6', detail: 'no device was found' },
  9: { reason: 'exit_9', detail: 'the driver is not loaded' },
  12: { reason: 'exit_12', detail: 'the NVML library is missing or cannot be loaded' },
  15: { reason: 'exit_15', detail: 'a device has fallen off the bus' },
  18: {
    reason: 'exit_18',
    detail: 'driver and library have different versions; restart the machine, or load the driver again',
  },
};

/** Some drivers say it in words and exit with 0 or 255. */
const WORDS: readonly (readonly [RegExp, number])[] = [
  [/is not a valid field to query/i, 2],
  [/GPU is lost|fallen off the bus|Unable to determine the device handle/i, 15],
  [/Driver\/library version mismatch/i, 18],
  [/couldn't communicate with the NVIDIA driver/i, 9],
  [/libnvidia-ml\.so|NVML Shared Library/i, 12],
  [/Insufficient Permissions/i, 4],
];

/** Why nvidia-smi gave no rows, by what it said and how it ended. */
export const failureOf = (code: number, said: string): Failure => {
  const byWords = WORDS.find(([words]) => words.test(said))?.[1];
  const known = EXIT_CODES[byWords ?? code];
  const words = said.trim().split('\n')[0]?.slice(0, 200) ?? '';
  const heard = words === '' ? '' : ` (${words})`;
  if (known !== undefined) return { reason: known.reason, detail: `nvidia-smi: ${known.detail}${heard}` };
  return { reason: 'exit_other', detail: `nvidia-smi: exit code ${code}${heard}` };
};

/** A driver that has nothing to drive. */
export const saysNoDevices = (code: number, said: string): boolean =>
  /^No devices were found/m.test(said) || (code === 6 && said.trim() === '');
