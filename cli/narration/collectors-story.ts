import type { CollectorsReport } from '../../collectors/supervision.ts';
import type { Narrator } from './narrator.ts';

/** Tells one report of the collectors to a person. */
export const narrateCollectors = (narrator: Narrator, report: CollectorsReport): void => {
  switch (report.type) {
    case 'listening':
      return narrator.say('ok', `collectors: metrics of this machine on ${report.url}`);
    case 'found':
      return narrator.say('info', `collectors: ${report.text}`);
    case 'notice':
      return narrator.say(report.level, report.text);
    // For the gateway, not for a person.
    case 'egress':
      return undefined;
    case 'fatal':
      return narrator.say('fail', `collectors: ${report.message} (${report.code})`);
  }
};
