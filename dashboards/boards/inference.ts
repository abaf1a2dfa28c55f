import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { exemplars } from '../panels/exemplars.ts';
import { by, events, mean, peak, quantile, ratio, recording, written } from '../panels/expression.ts';
import { lay } from '../panels/grid.ts';
import { heat } from '../panels/heat.ts';
import { lines } from '../panels/lines.ts';
import { alertPanel } from '../panels/panel.ts';
import { percentiles } from '../panels/percentiles.ts';
import { board, CHOSEN_MODEL, MODEL_VARIABLE } from './board.ts';
import { toLogs } from './logs-link.ts';

const MODEL = 'gen_ai_request_model';
const OF_MODEL = { [MODEL]: CHOSEN_MODEL } as const;
const BY_MODEL = '{{gen_ai_request_model}}';

const firstToken = ({ limits }: Tuning): Panel =>
  lines({
    ...alertPanel('firstToken'),
    description:
      '95 of 100 first tokens of each model came within this, over five minutes. Beyond the dashed line capacity is added; compare with the wait for a slot to see whether that can help. A point is one request: it leads to its trace.',
    queries: [
      { expr: by('max', [MODEL], mean(recording('firstTokenP95', OF_MODEL))), legend: BY_MODEL },
      exemplars('timeToFirstToken', OF_MODEL),
    ],
    limit: limits.requests.firstTokenMs / 1000,
    noValue: 'no answers',
  });

const perToken = (): Panel =>
  lines({
    id: 100,
    title: 'How fast do tokens follow?',
    description:
      'Time between the tokens of an answer after the first. It grows with the width of the batch; a jump without one is a slow device. A point is one request.',
    queries: [...percentiles(recording('perTokenSpread', OF_MODEL)), exemplars('timePerOutputToken', OF_MODEL)],
    noValue: 'no answers',
  });

const wait = (): Panel =>
  lines({
    id: 101,
    title: 'How long do requests wait to be let in?',
    description:
      'Time in the queue, before any work. Where this is most of the time until the first token, more replicas help; else they do not.',
    queries: percentiles(recording('queueWaitSpread')),
    noValue: 'no requests',
  });

const heatMap = (): Panel =>
  heat({
    id: 102,
    title: 'How are the times of answers spread?',
    description:
      'Each column is a moment, each cell how many answers took that long. Two bands are two kinds of work. A point is one request: it leads to its trace.',
    queries: [
      { expr: by('sum', ['le'], mean(recording('answerSpreadOfModel', OF_MODEL))), legend: '{{le}}' },
      exemplars('requestDuration', OF_MODEL),
    ],
    noValue: 'no requests',
  });

const byModel = (id: number, title: string, description: string): Panel =>
  lines({
    id,
    title,
    description,
    queries: [
      {
        expr: by('sum', [MODEL], mean(recording('tokenRate', { ...OF_MODEL, gen_ai_token_type: 'output' }))),
        legend: BY_MODEL,
      },
    ],
    stacked: true,
    noValue: 'no tokens',
  });

const answersOfModels = (): Panel =>
  lines({
    id: 104,
    title: 'How long do answers of each model take?',
    description:
      '95 of 100 answers of each model took no longer. One line that leaves the others is that model, all of them is the machine.',
    queries: [{ expr: quantile(0.95, [MODEL], mean(recording('answerSpreadOfModel', OF_MODEL))), legend: BY_MODEL }],
    links: [toLogs('Log lines of this model', `gen_ai.request.model:"\${__field.labels.${MODEL}}"`)],
    noValue: 'no answers',
  });

const batch = (): Panel =>
  lines({
    id: 105,
    title: 'How many answers are computed together?',
    description:
      'Mean width of the batch of each model. Narrow while requests wait: something else holds them back, such as `limits.maxConcurrency` or key-value memory.',
    queries: [
      {
        expr: written(
          `${by('sum', [MODEL], mean(recording('batchSum', OF_MODEL))).text} / ${by('sum', [MODEL], mean(recording('batchSteps', OF_MODEL))).text}`,
          '{sequence}',
        ),
        legend: BY_MODEL,
      },
    ],
    noValue: 'no steps',
  });

const kvCache = (): Panel =>
  lines({
    id: 106,
    title: 'How full is the key-value memory?',
    description:
      'Share of the cells that running answers use, the fullest replica of each model at its peak. At 100 % answers are set aside and resumed later.',
    queries: [{ expr: by('max', [MODEL], peak(recording('kvCacheUsage', OF_MODEL))), legend: BY_MODEL }],
    max: 1,
  });

const setAside = (): Panel =>
  lines({
    id: 107,
    title: 'Answers set aside for lack of key-value memory',
    description:
      'Each costs its answer a pause. Now and then is fine; many want fewer slots, shorter contexts or more cells.',
    queries: [{ expr: by('sum', [MODEL], events(recording('preemptions', OF_MODEL))), legend: BY_MODEL }],
    bars: true,
    stacked: true,
  });

const caches = (): Panel =>
  lines({
    ...alertPanel('cache'),
    description:
      'Share of what half an hour asked of each cache that was found: whole answers (`response`), tokens of prompts (`prefix`). After a restart it begins at nothing.',
    queries: [{ expr: by('max', ['cache'], mean(recording('cacheHits'))), legend: '{{cache}}' }],
    max: 1,
    noValue: 'nothing was asked',
  });

const phases = (): Panel =>
  lines({
    id: 108,
    title: 'What do engines spend their time on?',
    description:
      'Seconds a second that engines spent on reading prompts (`prefill`) and on writing answers (`decode`). Much prefill slows every answer down: long prompts, or a cold prefix cache.',
    queries: [{ expr: by('sum', ['phase'], mean(recording('engineTimeRate', OF_MODEL))), legend: '{{phase}}' }],
    named: ['prefill', 'decode'],
    stacked: true,
    noValue: 'no steps',
  });

const computed = (): Panel =>
  lines({
    id: 109,
    title: 'Where do tokens come from?',
    description:
      'Tokens a second that engines computed for prompts and answers, and prompt tokens they found in the prefix cache instead.',
    queries: [{ expr: by('sum', ['kind'], mean(recording('engineTokenRate', OF_MODEL))), legend: '{{kind}}' }],
    named: ['prefill', 'decode'],
    colours: { cached: 'good' },
    stacked: true,
    noValue: 'no tokens',
  });

const guessed = (): Panel =>
  lines({
    id: 110,
    title: 'How many guessed tokens are right?',
    description:
      'Share of the tokens guessed ahead that the model agreed with. Low: guessing costs more than it brings.',
    queries: [
      {
        expr: ratio(
          by('sum', [MODEL], mean(recording('speculationRate', { ...OF_MODEL, result: 'accepted' }))),
          by('sum', [MODEL], mean(recording('speculationRate', OF_MODEL))),
        ),
        legend: BY_MODEL,
      },
    ],
    max: 1,
    noValue: 'nothing was guessed',
  });

/** How fast is each model, and what decides it? */
export const inference = (tuning: Tuning): Dashboard =>
  board({
    key: 'inference',
    description:
      'How fast does each model answer, and what decides it: the queue, the batch, the memory or the device?',
    variables: [MODEL_VARIABLE],
    panels: lay(
      [
        {
          height: 8,
          panels: [
            { width: 8, panel: firstToken(tuning) },
            { width: 8, panel: perToken() },
            { width: 8, panel: wait() },
          ],
        },
        {
          height: 9,
          panels: [
            { width: 12, panel: heatMap() },
            { width: 6, panel: answersOfModels() },
            {
              width: 6,
              panel: byModel(
                103,
                'Answer tokens a second',
                'Tokens of answers by model: what the machine is worth at this moment.',
              ),
            },
          ],
        },
      ],
      [
        {
          title: 'Why so fast and no faster?',
          bands: [
            {
              height: 7,
              panels: [
                { width: 6, panel: batch() },
                { width: 6, panel: kvCache() },
                { width: 6, panel: caches() },
                { width: 6, panel: phases() },
              ],
            },
          ],
        },
        {
          title: 'Details of engines',
          collapsed: true,
          bands: [
            {
              height: 7,
              panels: [
                { width: 8, panel: computed() },
                { width: 8, panel: setAside() },
                { width: 8, panel: guessed() },
              ],
            },
          ],
        },
      ],
    ),
  });
