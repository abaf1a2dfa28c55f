import type { PrometheusReport } from '../prometheus/report.ts';
import type { Narrator } from './narrator.ts';

/** Tells one report about Prometheus to a person. */
export const narratePrometheus = (narrator: Narrator, report: PrometheusReport): void => {
  switch (report.type) {
    case 'absent':
      return narrator.say(
        report.isWanted ? 'warn' : 'info',
        'prometheus: not on this machine, so metrics are served but not kept; `apt-get install prometheus` brings it',
      );
    case 'ready': {
      narrator.forget('prometheus');
      const { url, intervalMs, retentionDays } = report;
      return narrator.say(
        'ok',
        `prometheus: metrics every ${intervalMs / 1000} s, kept ${retentionDays} days, on ${url}`,
      );
    }
    case 'notice':
      return narrator.say(report.level, `prometheus: ${report.text}`);
  }
};
