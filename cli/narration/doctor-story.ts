import { countResults } from '../../core/hardware/check.ts';
import type { Report } from '../../core/hardware/doctor.ts';
import { formatWanted } from '../../core/hardware/format.ts';
import { wordsFor } from '../doctor/print.ts';
import type { Narrator } from './narrator.ts';

/** Tells in one line what the doctor found at the start; what can be seen only by measuring is left out. */
export const narrateDoctor = (narrator: Narrator, { checks }: Report): void => {
  const { warn, fail } = countResults(checks);
  const below = checks
    .filter(({ result }) => result === 'fail')
    .map((check) => {
      const { title, minimum, measured } = check;
      if (measured === null) return title;
      return `${title} ${wordsFor(check)}${minimum === null ? '' : ` (at least ${formatWanted(minimum, measured.unit)})`}`;
    });
  const hints = warn === 0 ? '' : `${warn} ${warn === 1 ? 'hint' : 'hints'}; `;
  const more = `${hints}clawdbot doctor says more`;
  if (fail > 0) return narrator.say('warn', `machine: below the minimum: ${below.join(', ')}; ${more}`);
  narrator.say('ok', `machine: as much as is asked for; ${more}`);
};
