import { existsSync } from 'node:fs';
import { dataPaths } from '../../core/config/paths.ts';
import { replaceFile } from '../../core/config/private-files.ts';
import type { Report } from '../../core/hardware/doctor.ts';
import { writeDoctorRecord } from '../../core/hardware/record.ts';

/** Nothing secret, and the collectors may run as another user than the one who asks. */
const MODE = 0o644;

/** Leaves the results where the collectors of a service read them; nothing where no service ever had its data, or it is another's. */
export const recordReport = async (data: string, { checks }: Report, now = new Date()): Promise<void> => {
  if (!existsSync(data)) return;
  await replaceFile(dataPaths(data).doctor, MODE, writeDoctorRecord(checks, now)).catch(() => undefined);
};
