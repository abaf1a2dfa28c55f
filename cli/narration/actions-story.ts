import type { ActionsReport } from '../../alerting/actions/supervision.ts';
import type { Narrator } from './narrator.ts';

/** Tells one report of the actions to a person. */
export const narrateActions = (narrator: Narrator, report: Exclude<ActionsReport, { type: 'egress' }>): void => {
  switch (report.type) {
    case 'listening':
      return narrator.say('ok', `actions: what is done about alerts, on ${report.url}`);
    case 'notice':
      return narrator.say(report.level, report.text);
    case 'fatal':
      return narrator.say('fail', `actions: ${report.message} (${report.code})`);
  }
};
