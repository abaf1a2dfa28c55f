import type { Alert, Notice, Task } from '../action.ts';

/** A letter as it is written, before it has an address. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
}

const MAX_SUBJECT = 200;

/** What a task says to people. */
export const letterOf = ({ alerts, notice, status }: Pick<Task, 'alerts' | 'notice' | 'status'>): Letter => {
  if (notice !== undefined) return noticeLetter(notice);
  const [alert] = alerts;
  return alert === undefined ? { subject: '[clawdbot] alert', text: '' } : alertLetter(alert, status);
};

const noticeLetter = ({ severity, title, text }: Notice): Letter => ({
  subject: oneLine(`[clawdbot] ${severity}: ${title}`),
  text: `${text}\n`,
});

const alertLetter = ({ labels, annotations }: Alert, status: Task['status']): Letter => {
  const state = status === 'firing' ? 'FIRING' : 'RESOLVED';
  const { summary, description, dashboard_url: panel, logs_url: logs, runbook_url: runbook } = annotations;
  const links = [
    ['Panel', panel],
    ['Logs', logs],
    ['Runbook', runbook],
  ].flatMap(([name, url]) => (url === undefined ? [] : [`${name}: ${url}`]));
  const facts = Object.entries(labels).map(([name, value]) => `  ${name}: ${value}`);
  const parts = [summary, description, links.join('\n'), facts.join('\n')].filter(
    (part) => part !== undefined && part !== '',
  );
  return {
    subject: oneLine(`[${state}] ${labels.alertname ?? 'alert'}: ${summary ?? ''}`),
    text: `${parts.join('\n\n')}\n`,
  };
};

/** A header holds one line. */
const oneLine = (text: string): string => {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return flat.length <= MAX_SUBJECT ? flat : `${flat.slice(0, MAX_SUBJECT - 1)}…`;
};
