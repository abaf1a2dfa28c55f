import type { AnomalyReport } from '../../elk/anomaly/supervision.ts';
import type { Narrator } from './narrator.ts';

/** Tells one report of the anomaly detector to a person. */
export const narrateAnomaly = (narrator: Narrator, report: AnomalyReport): void => {
  switch (report.type) {
    case 'listening':
      return narrator.say('ok', `anomaly: looks for what is unusual, on ${report.url}`);
    case 'notice':
      return narrator.say(report.level, report.text);
    // For the gateway, not for a person.
    case 'egress':
      return undefined;
    case 'fatal':
      return narrator.say('fail', `anomaly: ${report.message} (${report.code})`);
  }
};
