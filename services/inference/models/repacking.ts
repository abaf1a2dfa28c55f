import { readFileSync } from 'node:fs';

/** Types whose matrices the CPU back-end copies into another order when it loads them; the mapped file stays beside. */
const REPACKED: Readonly<Partial<Record<NodeJS.Architecture, readonly string[]>>> = {
  x64: ['Q4_0', 'Q4_K', 'IQ4_NL', 'MXFP4'],
  arm64: ['Q4_0', 'Q4_K', 'Q5_K', 'Q6_K', 'Q8_0', 'IQ4_NL', 'MXFP4'],
};
/** Beside those, on processors with AMX (`amx_int8`): its tiles want an order of their own. */
const AMX = ['Q4_0', 'Q4_1', 'Q8_0', 'Q4_K', 'Q5_K', 'Q6_K', 'IQ4_XS'];

/** The types that a processor of this kind has copied; `flags` as the kernel lists them. */
export const repackedTypes = (arch: NodeJS.Architecture, flags: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...(REPACKED[arch] ?? []), ...(flags.has('amx_int8') ? AMX : [])]);

/** The same for this machine; where the kernel lists nothing, as for one without extras. */
export const repackedHere = (): ReadonlySet<string> => {
  here ??= repackedTypes(process.arch, processorFlags());
  return here;
};
let here: ReadonlySet<string> | undefined;

const processorFlags = (): ReadonlySet<string> => {
  try {
    const line = /^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    return new Set(line.split(' '));
  } catch {
    return new Set();
  }
};
