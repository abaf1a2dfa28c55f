import { DRILL_NAMES, DRILL_OUTCOMES } from '../../core/config/drill-names.ts';
import { type DrillRecord, readDrillRecords } from '../../core/config/drill-record.ts';
import { type FileSource, isAbsence } from '../files.ts';
import type { Reader } from '../reader.ts';
import { type Sample, sample } from '../sample.ts';

interface Options {
  readonly intervalMs: number;
  readonly files: FileSource;
  /** `dataPaths(data).drills`. */
  readonly file: string;
}

const DEADLINE_MS = 5000;

/** What came of the drills that were run last: drills have a service of their own, and this one is where people look. */
export const createDrillReader = ({ intervalMs, files, file }: Options): Reader<readonly Sample[]> => ({
  intervalMs,
  lookAgainMs: intervalMs,
  deadlineMs: DEADLINE_MS,
  async read() {
    try {
      const drills = readDrillRecords(await files.read(file));
      if (drills === undefined) return { kind: 'failed', reason: 'malformed', detail: `${file} holds no drills` };
      return { kind: 'read', reading: drills.flatMap(samplesOf) };
    } catch (error) {
      if (isAbsence(error)) return { kind: 'absent', why: 'no drill was ever run' };
      return { kind: 'failed', reason: 'other', detail: error instanceof Error ? error.message : String(error) };
    }
  },
  stop: async () => undefined,
});

const PHASES = ['detection', 'action', 'recovery'] as const;

/** Of a drill that there is no more nothing is said. */
const samplesOf = (record: DrillRecord): readonly Sample[] => {
  const { profile, outcome, at } = record;
  const drill = DRILL_NAMES.find((name) => name === record.name);
  if (drill === undefined) return [];
  const labels = { drill, profile };
  return [
    ...DRILL_OUTCOMES.map((each) => sample('drillOutcome', each === outcome ? 1 : 0, { ...labels, outcome: each })),
    sample('drillLastRun', Date.parse(at) / 1000, labels),
    ...PHASES.flatMap((phase) => {
      const ms = record[`${phase}Ms`];
      return ms === undefined ? [] : [sample('drillDuration', ms / 1000, { ...labels, phase })];
    }),
  ];
};
