import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { COLOURS, type Colour } from '../panels/colours.ts';
import { by, type Expression, either, events, happened, recording } from '../panels/expression.ts';
import { PROMETHEUS } from '../panels/query.ts';

interface Mark {
  readonly name: string;
  readonly expr: Expression;
  readonly title: string;
  readonly colour: Colour;
}

/** What changed the service: marks across every panel, so that a bend in a line has its cause beside it. */
const MARKS: readonly Mark[] = [
  {
    name: 'Configuration',
    expr: by('sum', ['instance', 'outcome'], events(recording('reloads'))),
    title: 'configuration {{outcome}}',
    colour: 'neutral',
  },
  {
    name: 'Scaling and breakers',
    expr: by(
      'sum',
      ['action', 'outcome'],
      events(recording('actionsTaken', { action: 'scale|breaker', outcome: 'done|failed' })),
    ),
    title: '{{action}} {{outcome}}',
    // Done or failed: its words say which.
    colour: 'neutral',
  },
  {
    name: 'Restarts',
    expr: either(
      by('sum', ['clawdbot_process'], events(recording('processRestarts', { clawdbot_process: '!engine' }))),
      by('sum', ['gen_ai_request_model'], events(recording('restarts'))),
    ),
    title: '{{clawdbot_process}}{{gen_ai_request_model}} started again',
    colour: 'bad',
  },
  {
    name: 'Loads of models',
    expr: by('max', ['gen_ai_request_model'], recording('modelState', { state: 'loading' })),
    title: '{{gen_ai_request_model}} loads',
    colour: 'worse',
  },
];

export const annotations = (): readonly AnnotationQueryBuilder[] =>
  MARKS.map(({ name, expr, title, colour }) =>
    new AnnotationQueryBuilder()
      .name(name)
      .datasource(PROMETHEUS)
      .enable(true)
      .hide(false)
      .iconColor(COLOURS[colour])
      .expr(happened(expr).text)
      .step('60s')
      .titleFormat(title)
      .textFormat('{{instance}}')
      .tagKeys(''),
  );
