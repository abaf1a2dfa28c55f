import { narrateDoctor } from '../narration/doctor-story.ts';
import type { Narrator } from '../narration/narrator.ts';

/** What this machine lacks, told while the rest starts: nothing waits for it, and nothing is measured. */
export const examineAtStart = async (data: string, config: string | null, narrator: Narrator): Promise<void> => {
  try {
    const [{ examine }, { recordReport }] = await Promise.all([import('./examine.ts'), import('./record.ts')]);
    const options = { data, env: process.env, isMeasured: false, isStarting: true };
    const report = await examine({ ...options, ...(config === null ? {} : { config }) });
    narrateDoctor(narrator, report);
    await recordReport(data, report);
  } catch (error) {
    narrator.say(
      'warn',
      `machine: it could not be examined: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
};
