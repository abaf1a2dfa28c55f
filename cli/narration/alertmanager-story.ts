import type { AlertmanagerReport } from '../alertmanager/report.ts';
import type { Narrator } from './narrator.ts';

/** Tells one report about Alertmanager to a person. */
export const narrateAlertmanager = (narrator: Narrator, report: AlertmanagerReport): void => {
  switch (report.type) {
    case 'absent':
      return narrator.say(
        report.isWanted ? 'warn' : 'info',
        'alertmanager: not on this machine, so nobody is told of alerts; `apt-get install prometheus-alertmanager` brings it',
      );
    case 'ready': {
      narrator.forget('alertmanager');
      const { url, mail, whyNoMail } = report;
      const told = mail === undefined ? whyNoMail : `e-mail to ${mail}`;
      return narrator.say(mail === undefined ? 'warn' : 'ok', `alertmanager: ${told}; on ${url}`);
    }
    case 'notice':
      return narrator.say(report.level, `alertmanager: ${report.text}`);
  }
};
