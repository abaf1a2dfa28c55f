import { z } from 'zod';
import { DRILL_OUTCOMES } from '../../core/config/drill-names.ts';

const result = z.strictObject({
  name: z.string(),
  outcome: z.enum(DRILL_OUTCOMES),
  /** Why it was skipped, or everything that was not as expected. */
  problems: z.array(z.string()).readonly(),
  expected: z.array(z.string()).readonly(),
  symptoms: z.array(z.string()).readonly(),
  /** Without the alert that always fires. */
  fired: z.array(z.string()).readonly(),
  /** What its `actionMs` is the time of. */
  told: z.string(),
  /** From the fault to the alert that fires, to the first that was told or decided; from its end until all is told to be over. */
  detectionMs: z.number().exactOptional(),
  actionMs: z.number().exactOptional(),
  /** The latest it may be in this profile. */
  barMs: z.number().exactOptional(),
  recoveryMs: z.number().exactOptional(),
  /** What else was measured. */
  figures: z.array(z.string()).readonly(),
  /** URL as the alert itself names it. */
  panel: z.string().exactOptional(),
  log: z.string().exactOptional(),
});

/** What came of a drill. */
export type DrillResult = Readonly<z.output<typeof result>>;

/** Reads what `clawdbot drill run --json` prints; throws where it is something else. */
export const readResults = (text: string): readonly DrillResult[] => z.array(result).parse(JSON.parse(text));
