import { CHECK_RESULTS } from '../../core/hardware/check.ts';
import { type DoctorRecord, isCheckName, readDoctorRecord } from '../../core/hardware/record.ts';
import { type FileSource, isAbsence } from '../files.ts';
import type { Reader } from '../reader.ts';
import { type Sample, sample } from '../sample.ts';

interface Options {
  readonly intervalMs: number;
  readonly files: FileSource;
  /** `dataPaths(data).doctor`. */
  readonly file: string;
}

const DEADLINE_MS = 5000;

/** What the doctor found when it looked last: `clawdbot up` asks it at every start, and people in between. */
export const createDoctorReader = ({ intervalMs, files, file }: Options): Reader<readonly Sample[]> => ({
  intervalMs,
  lookAgainMs: intervalMs,
  deadlineMs: DEADLINE_MS,
  async read() {
    try {
      const record = readDoctorRecord(await files.read(file));
      if (record === undefined) return { kind: 'failed', reason: 'malformed', detail: `${file} holds no checks` };
      return { kind: 'read', reading: samplesOf(record) };
    } catch (error) {
      if (isAbsence(error)) return { kind: 'absent', why: 'the doctor was never asked' };
      return { kind: 'failed', reason: 'other', detail: error instanceof Error ? error.message : String(error) };
    }
  },
  stop: async () => undefined,
});

/** Of a check that there is no more nothing is said. */
const samplesOf = ({ at, checks }: DoctorRecord): readonly Sample[] => [
  sample('doctorLastRun', Date.parse(at) / 1000, {}),
  ...checks.flatMap(({ name, result }) =>
    isCheckName(name)
      ? CHECK_RESULTS.map((each) => sample('doctorCheck', each === result ? 1 : 0, { check: name, result: each }))
      : [],
  ),
];
