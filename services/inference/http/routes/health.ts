import { z } from 'zod';
import type { Caller } from '../../call.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { type HealthReport, MODEL_COMPONENT } from './health-report.ts';
import { json } from './json.ts';
import { isVisible } from './model-access.ts';

export interface HealthDeps {
  readonly health: () => HealthReport;
}

const alive = z.strictObject({ status: z.literal('live') }).meta({ id: 'Liveness' });
const readiness = z.strictObject({ status: z.enum(['ready', 'not_ready']) }).meta({ id: 'Readiness' });
const component = z.looseObject({ status: z.string() });
const report = z
  .strictObject({
    status: z.enum(['ok', 'degraded', 'down']),
    ready: z.boolean(),
    components: z.record(z.string(), component),
  })
  .meta({ id: 'Health', description: '`down`: no model can decode. `degraded`: one can, but a part needs attention.' });

/** `GET /api/v1/health/live`, `/health/ready` and `/health`. None waits for anything. */
export const healthOperations = ({ health }: HealthDeps): Operation[] => [
  defineOperation({
    id: 'getLiveness',
    method: 'get',
    path: '/api/v1/health/live',
    tag: 'Operations',
    summary: 'Does the process answer?',
    access: 'address',
    dialect: 'native',
    errors: [],
    answers: { 200: { description: 'It does.', content: { 'application/json': alive } } },
    handle: () => json({ status: 'live' }),
  }),
  defineOperation({
    id: 'getReadiness',
    method: 'get',
    path: '/api/v1/health/ready',
    tag: 'Operations',
    summary: 'Can a model decode now?',
    description: 'Judged by the turns of the decode loop and the age of the last token, not by an open port.',
    access: 'address',
    dialect: 'native',
    errors: [],
    answers: {
      200: { description: 'One can.', content: { 'application/json': readiness } },
      503: { description: 'None can.', content: { 'application/json': readiness } },
    },
    handle() {
      const { ready } = health();
      return json({ status: ready ? 'ready' : 'not_ready' }, ready ? 200 : 503);
    },
  }),
  defineOperation({
    id: 'getHealth',
    method: 'get',
    path: '/api/v1/health',
    tag: 'Operations',
    summary: 'Every part and how it is',
    access: 'any',
    dialect: 'native',
    errors: [],
    answers: {
      200: { description: 'Ready.', content: { 'application/json': report } },
      503: { description: 'Not ready.', content: { 'application/json': report } },
    },
    handle({ caller }) {
      const { components, ...verdict } = health();
      const visible = Object.entries(components).filter(([name]) => isVisibleComponent(caller, name));
      return json({ ...verdict, components: Object.fromEntries(visible) }, verdict.ready ? 200 : 503);
    },
  }),
];

const isVisibleComponent = (caller: Caller, name: string): boolean =>
  !name.startsWith(MODEL_COMPONENT) || isVisible(caller, name.slice(MODEL_COMPONENT.length));
