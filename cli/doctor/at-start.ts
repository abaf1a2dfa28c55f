import { narrateDoctor } from '../narration/doctor-story.ts';
import type { Narrator } from '../narration/narrator.ts';

/** Tells once, while the rest starts, what this machine lacks: nothing waits for it, and nothing is measured. */
export const examinerAtStart = (data: string, narrator: Narrator): ((config: string | null) => void) => {
  let isAsked = false;
  return (config) => {
    if (!isAsked) void examineAtStart(data, config, narrator);
    isAsked = true;
  };
};

const examineAtStart = async (data: string, config: string | null, narrator: Narrator): Promise<void> => {
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
