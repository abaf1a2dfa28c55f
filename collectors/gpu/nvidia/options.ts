import { z } from 'zod';
import { parseOptions } from '../../options.ts';

const schema = z.strictObject({
  /** The program, by name or path. */
  command: z.string().min(1).default('nvidia-smi'),
  /** tail: one process that prints all the time; query: one for each reading; auto: tail, and query where that stays silent. */
  mode: z.enum(['auto', 'tail', 'query']).default('auto'),
  deadlineMs: z.int().min(100).max(60_000).default(10_000),
  /** Where the driver shows itself; the program is not started where it does not. */
  driverFile: z.string().default('/proc/driver/nvidia/version'),
  /** Where the driver lists its devices: another list, and the stream begins anew. */
  deviceFolder: z.string().default('/proc/driver/nvidia/gpus'),
  kernelLog: z.string().default('/dev/kmsg'),
});

export type NvidiaOptions = z.output<typeof schema>;

export const parseNvidiaOptions = (raw: unknown): NvidiaOptions => parseOptions(schema, raw, 'nvidia-smi');
