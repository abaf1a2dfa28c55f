import type { LimitsConfig } from '../../../../core/config/schema.ts';
import type { Telemetry } from '../../../../core/telemetry/telemetry.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { ADMIN_ROUTE, type Audit, whoOf } from './admin-audit.ts';
import { json } from './json.ts';
import { limitsPatch, limitsSchema, mergeLimits } from './limits-patch.ts';

export interface LimitDeps {
  readonly limits: () => LimitsConfig;
  /** Applies them from now on. */
  readonly setLimits: (limits: LimitsConfig) => void;
  readonly audit: Audit;
  readonly telemetry: Pick<Telemetry, 'counter'>;
}

/** `GET` and `PUT /api/v1/admin/limits`. */
export const limitOperations = ({ limits, setLimits, audit, telemetry }: LimitDeps): Operation[] => {
  const answers = { 200: { description: 'The limits now.', content: { 'application/json': limitsSchema } } };
  return [
    defineOperation({
      ...ADMIN_ROUTE,
      id: 'getLimits',
      method: 'get',
      path: '/api/v1/admin/limits',
      summary: 'The limits as they apply now',
      errors: [],
      answers,
      handle: () => json(limits()),
    }),
    defineOperation({
      ...ADMIN_ROUTE,
      id: 'setLimits',
      method: 'put',
      path: '/api/v1/admin/limits',
      summary: 'Change some limits at once',
      description: [
        'Running requests are not touched. The change lasts until the configuration file changes its limits or the',
        'service restarts.',
      ].join(' '),
      body: limitsPatch,
      errors: [],
      answers,
      handle(request) {
        const before = limits();
        const after = mergeLimits(before, request.body);
        setLimits(after);
        telemetry.counter('limitChanges', { source: 'api' });
        audit.info('limits.changed', { ...whoOf(request), labels: { source: 'api', before, after } });
        return json(limits());
      },
    }),
  ];
};
