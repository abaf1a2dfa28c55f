import type { Drill } from '../drill.ts';
import { modelWith } from '../stack/settings.ts';

/** Nobody listens there. */
const DEAF = 'http://127.0.0.1:9';

/** The least that a redactor may be allowed to hold back; and JSON whose first name goes on for longer. */
const MOST_HELD = 4096;
const ENDLESS_NAME = { reply: `{"${'and so on '.repeat(MOST_HELD)}`, charactersPerChunk: MOST_HELD / 2 };
const asJson = () => ({ prompt: 'In JSON.', maxTokens: 8, responseFormat: { type: 'json_object' } });

/** What leaves the service: answers, and what is sent back about jobs. */
export const ANSWERS: readonly Drill[] = [
  {
    name: 'redactor-failing',
    about:
      'The model writes JSON with a name that never ends, more than the redactor may hold back until it knows what it is. None of it gets out, and an e-mail says that answers fail.',
    requestsPerSecond: 10,
    settings: () => ({ redaction: { maxHeldCharacters: MOST_HELD } }),
    async inject({ configure, traffic }) {
      configure(modelWith(ENDLESS_NAME));
      traffic(1, { body: asJson });
    },
    async recover({ configure, stopTraffic }) {
      configure({});
      await stopTraffic();
    },
    alerts: ['RedactionFailing'],
    symptoms: ['AvailabilityBudgetBurnFast', 'AvailabilityBudgetBurnSlow'],
    told: [{ by: 'mail', alert: 'RedactionFailing' }],
    cleared: [{ by: 'mail', alert: 'RedactionFailing', isOver: true }],
    log: { of: 'gateway', code: 'ERR_REDACT_FAILED' },
  },
  {
    name: 'callbacks-failing',
    about: 'Jobs are done, and who asked for them does not answer when told. An e-mail says that it was given up.',
    settings: () => ({
      jobs: { callbacks: { allow: [DEAF], allowAddresses: ['127.0.0.1/32'], attempts: 1, timeoutMs: 1000 } },
    }),
    async inject({ service }) {
      const body = { prompt: 'Later.', maxTokens: 4, mode: 'async', callbackUrl: `${DEAF}/done` };
      const answer = await service.send('POST', '/api/v1/inference', body);
      await answer.body.dump();
      if (answer.statusCode !== 202) throw new Error(`the job was answered ${answer.statusCode}`);
    },
    recover: async () => undefined,
    alerts: ['CallbacksFailing'],
    told: [{ by: 'mail', alert: 'CallbacksFailing' }],
    cleared: [{ by: 'mail', alert: 'CallbacksFailing', isOver: true }],
    log: { of: 'gateway', action: 'callback.abandoned' },
  },
];
