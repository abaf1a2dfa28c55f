import type { GatewayReport } from '../../services/inference/supervision.ts';
import type { Narrator } from './narrator.ts';

/** What has been told so far. */
export interface Story {
  readonly narrator: Narrator;
  /** The lines for a newcomer are printed once, not after every restart. */
  hasIntroduced: boolean;
  listening?: GatewayReport & { readonly type: 'listening' };
}

/** Tells one report of the gateway to a person. */
export const narrateReport = (story: Story, report: GatewayReport): void => {
  const { narrator } = story;
  switch (report.type) {
    case 'configuration':
      return narrator.say('ok', `configuration: ${report.file ?? 'defaults (no clawdbot.yaml found)'}`);
    case 'certificate':
      return narrator.say(
        'ok',
        `certificate: ${report.created ? 'new, ' : ''}valid until ${report.notAfter.slice(0, 10)}${report.caFile === null ? '' : `, CA ${report.caFile}`}`,
      );
    case 'model':
      return narrateModel(narrator, report);
    case 'listening':
      story.listening = report;
      return narrator.say('ok', `listening on ${report.url}`);
    case 'ready':
      return introduce(story, report.model);
    case 'activity':
      return narrateActivity(story, report);
    case 'notice':
      return narrator.say(report.level, report.text);
    case 'fatal':
      return narrator.say('fail', `${report.message} (${report.code})`);
  }
};

const narrateActivity = ({ narrator, listening }: Story, report: GatewayReport & { type: 'activity' }): void => {
  const { active, waiting, replicas } = report;
  const text = `gateway: serving (pid ${listening?.pid ?? '?'}), ${replicas} engine${replicas === 1 ? '' : 's'} ready`;
  narrator.show('gateway', 'ok', text, `, ${active} active, ${waiting} waiting`);
};

const narrateModel = (narrator: Narrator, report: GatewayReport & { type: 'model' }): void => {
  const id = `model:${report.id}`;
  const detail = report.detail ?? '';
  if (report.phase === 'ready' || report.phase === 'failed') {
    narrator.forget(id);
    return narrator.say(
      report.phase === 'ready' ? 'ok' : 'fail',
      `model ${report.id}: ${report.phase}${detail === '' ? '' : `, ${detail}`}`,
    );
  }
  narrator.progress(id, `model ${report.id}: ${report.phase}`, report.ratio, detail);
};

const introduce = (story: Story, model: string): void => {
  if (story.hasIntroduced || story.listening === undefined) return;
  story.hasIntroduced = true;
  story.narrator.print(introduction(story.listening, model));
};

/** The lines a newcomer pastes. The tokens stay in files, so that no terminal log holds one. */
export const introduction = (
  { url, caFile, headerFiles }: GatewayReport & { type: 'listening' },
  model: string,
): string => {
  const ca = caFile === null ? '' : ` --cacert '${caFile}'`;
  const trust =
    caFile === null
      ? []
      : [
          '',
          'Trust the local CA:',
          `  export NODE_EXTRA_CA_CERTS='${caFile}'   # Node.js`,
          `  export SSL_CERT_FILE='${caFile}'         # Python, Go, OpenSSL`,
        ];
  return [
    '',
    `Ready: ${model} answers at ${url} (OpenAI clients: ${url}/v1). Try it:`,
    '',
    `  curl${ca} -H '@${headerFiles.inference}' -H 'content-type: application/json' ${url}/api/v1/inference -d '{"prompt":"The three primary colours are","maxTokens":32}'`,
    '',
    `  curl${ca} -H '@${headerFiles.metrics}' ${url}/api/v1/metrics`,
    '',
    '  npm run -s clawdbot -- chat',
    ...trust,
    '',
    'A credential of your own:  npm run -s clawdbot -- token mint --scope inference --ttl 24h',
    `API reference:             ${url}/docs`,
    'Ctrl-C stops.',
    '',
  ].join('\n');
};
