import { z } from 'zod';
import { DRILL_OUTCOMES, DRILL_PROFILES } from './drill-names.ts';

const duration = z.number().nonnegative().exactOptional();

/** Of the future or of somebody's hand: what else stands in a record is left alone. */
const record = z.object({
  name: z.string(),
  profile: z.enum(DRILL_PROFILES),
  outcome: z.enum(DRILL_OUTCOMES),
  /** When it ended, ISO 8601. */
  at: z.iso.datetime(),
  /** From the fault to the alert that fires, to the first that was told or decided; from its end until all is told to be over. */
  detectionMs: duration,
  actionMs: duration,
  recoveryMs: duration,
});
const records = z.object({ drills: z.array(record).readonly() });

/** What came of a drill when it was run last in a profile. */
export type DrillRecord = Readonly<z.output<typeof record>>;

/** Reads `dataPaths(data).drills`; undefined where the text is something else. */
export const readDrillRecords = (text: string): readonly DrillRecord[] | undefined => {
  try {
    return records.safeParse(JSON.parse(text)).data?.drills;
  } catch {
    return undefined;
  }
};

/** The text of that file. */
export const writeDrillRecords = (drills: readonly DrillRecord[]): string => `${JSON.stringify({ drills }, null, 2)}\n`;
