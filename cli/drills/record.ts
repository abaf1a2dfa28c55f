import { existsSync } from 'node:fs';
import { readDrillRecords, writeDrillRecords } from '../../core/config/drill-record.ts';
import { dataPaths } from '../../core/config/paths.ts';
import { readIfPresent, replaceFile } from '../../core/config/private-files.ts';
import type { Profile } from './profile.ts';
import type { DrillResult } from './result.ts';

/** Nothing secret, and the collectors may run as another user than the one who drills. */
const MODE = 0o644;

/**
 * Leaves the result where the collectors of a service read it, in the place of what came of this drill before; nothing where
 * no service ever had its data. A file that cannot be read is begun anew.
 */
export const recordDrill = async (
  data: string,
  { name: profile }: Pick<Profile, 'name'>,
  { name, outcome, detectionMs, actionMs, recoveryMs }: DrillResult,
  now = new Date(),
): Promise<void> => {
  if (!existsSync(data)) return;
  const { drills } = dataPaths(data);
  const before = readDrillRecords((await readIfPresent(drills)) ?? '') ?? [];
  const record = {
    ...{ name, profile, outcome, at: now.toISOString() },
    ...(detectionMs === undefined ? {} : { detectionMs }),
    ...(actionMs === undefined ? {} : { actionMs }),
    ...(recoveryMs === undefined ? {} : { recoveryMs }),
  };
  const others = before.filter((each) => each.name !== name || each.profile !== profile);
  await replaceFile(drills, MODE, writeDrillRecords([...others, record]));
};
