import { z } from 'zod';
import { CHECK_NAMES, CHECK_RESULTS, type Check } from './check.ts';

/** What a later version looks at, or a hand wrote, is left alone. */
const record = z.object({
  /** When the doctor looked, ISO 8601. */
  at: z.iso.datetime(),
  checks: z.array(z.object({ name: z.string(), result: z.enum(CHECK_RESULTS) })).readonly(),
});

/** What the doctor found when it looked last. */
export type DoctorRecord = Readonly<z.output<typeof record>>;

/** Reads `dataPaths(data).doctor`; undefined where the text is something else. */
export const readDoctorRecord = (text: string): DoctorRecord | undefined => {
  try {
    return record.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/** The text of that file. */
export const writeDoctorRecord = (checks: readonly Check[], now: Date): string =>
  `${JSON.stringify({ at: now.toISOString(), checks: checks.map(({ name, result }) => ({ name, result })) }, null, 2)}\n`;

/** Whether a name of a record is one of a check that there is. */
export const isCheckName = (name: string): name is (typeof CHECK_NAMES)[number] =>
  CHECK_NAMES.some((known) => known === name);
