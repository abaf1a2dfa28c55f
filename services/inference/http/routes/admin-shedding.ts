import { z } from 'zod';
import { defineOperation, type Operation } from '../operation.ts';
import { ADMIN_ROUTE, type Audit, whoOf } from './admin-audit.ts';
import { json } from './json.ts';
import { described, isoTime } from './schemas.ts';

export interface SheddingDeps {
  readonly shedding: {
    view(): { readonly isOn: boolean; readonly expiresInMs?: number; readonly reason?: string };
    /** 0: off. */
    set(forMs: number, reason?: string): void;
  };
  readonly audit: Audit;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const MAX_SHED_MS = 3_600_000;
const REASON_CHARACTERS = 200;

const sheddingNow = z
  .strictObject({
    shed: described(
      z.enum(['none', 'low']),
      'The priority whose requests get 503 with `Retry-After`, jobs included: they wait.',
    ),
    until: described(isoTime.optional(), 'When it ends by itself.'),
    reason: z.string().optional(),
  })
  .meta({ id: 'Shedding' });

const sheddingChange = z
  .strictObject({
    forMs: described(
      z.int().min(0).max(MAX_SHED_MS),
      'Requests of the lowest priority are refused for this long, an hour at most; 0: no longer.',
    ),
    reason: described(z.string().min(1).max(REASON_CHARACTERS).optional(), 'Shown and audited.'),
  })
  .meta({ id: 'SheddingChange' });

/** `GET` and `PUT /api/v1/admin/shedding`. */
export const sheddingOperations = ({ shedding, audit, now }: SheddingDeps): Operation[] => {
  const answers = { 200: { description: 'What is refused now.', content: { 'application/json': sheddingNow } } };
  const show = () => {
    const { isOn, expiresInMs = 0, reason } = shedding.view();
    return json(isOn ? { shed: 'low', until: new Date(now() + expiresInMs).toISOString(), reason } : { shed: 'none' });
  };
  return [
    defineOperation({
      ...ADMIN_ROUTE,
      id: 'getShedding',
      method: 'get',
      path: '/api/v1/admin/shedding',
      summary: 'Whether requests of the lowest priority are refused',
      errors: [],
      answers,
      handle: show,
    }),
    defineOperation({
      ...ADMIN_ROUTE,
      id: 'setShedding',
      method: 'put',
      path: '/api/v1/admin/shedding',
      summary: 'Refuse requests of the lowest priority for a while',
      description:
        'For a service that has too much to do and cannot grow. Running and waiting requests are not touched.',
      body: sheddingChange,
      errors: [],
      answers,
      handle(request) {
        const { forMs, reason } = request.body;
        shedding.set(forMs, reason);
        audit.info('shedding.changed', { ...whoOf(request), labels: { for_ms: forMs, reason } });
        return show();
      },
    }),
  ];
};
