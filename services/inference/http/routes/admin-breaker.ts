import { z } from 'zod';
import { defineOperation, type Operation } from '../operation.ts';
import { ADMIN_ROUTE, type Audit, whoOf } from './admin-audit.ts';
import type { Asked } from './generation.ts';
import { json } from './json.ts';
import { isVisible, requireModel } from './model-access.ts';
import { described, milliseconds, modelName } from './schemas.ts';

export interface BreakerView {
  readonly model: string;
  readonly state: 'closed' | 'open';
  /** When an open one closes by itself; absent: when somebody closes it. */
  readonly expiresInMs?: number;
}

export interface BreakerDeps {
  readonly breaker: {
    get(): readonly BreakerView[];
    /** Throws ERR_MODELS_UNKNOWN. */
    set(model: string, state: 'closed' | 'open', expiresMs?: number): void;
  };
  readonly audit: Audit;
}

const MAX_EXPIRY_MS = 86_400_000;

const breakerList = z
  .strictObject({
    breakers: z.array(
      z.strictObject({
        model: z.string(),
        state: z.enum(['closed', 'open']),
        expiresInMs: described(milliseconds.optional(), 'When it closes by itself; absent: when somebody closes it.'),
      }),
    ),
  })
  .meta({ id: 'BreakerList' });

const breakerChange = z
  .strictObject({
    model: modelName,
    state: described(z.enum(['closed', 'open']), '`open`: requests for the model answer 503 at once.'),
    expiresMs: described(
      z.int().min(1).max(MAX_EXPIRY_MS).optional(),
      'With `open`: closes by itself after this time. Default: stays open until it is closed.',
    ),
  })
  .meta({ id: 'BreakerChange' });

/** `GET` and `PUT /api/v1/admin/breaker`. */
export const breakerOperations = ({ breaker, audit }: BreakerDeps): Operation[] => {
  const answers = { 200: { description: 'All breakers now.', content: { 'application/json': breakerList } } };
  const list = ({ caller }: Pick<Asked, 'caller'>) =>
    json({ breakers: breaker.get().filter(({ model }) => isVisible(caller, model)) });
  return [
    defineOperation({
      ...ADMIN_ROUTE,
      id: 'getBreakers',
      method: 'get',
      path: '/api/v1/admin/breaker',
      summary: 'The circuit breaker of every model',
      errors: [],
      answers,
      handle: list,
    }),
    defineOperation({
      ...ADMIN_ROUTE,
      id: 'setBreaker',
      method: 'put',
      path: '/api/v1/admin/breaker',
      summary: 'Open or close the circuit breaker of a model',
      body: breakerChange,
      errors: ['ERR_MODELS_UNKNOWN'],
      answers,
      handle(request) {
        const { model, state, expiresMs } = request.body;
        requireModel(request.caller, model);
        breaker.set(model, state, expiresMs);
        audit.info('breaker.changed', { ...whoOf(request), labels: { model, state, expires_ms: expiresMs } });
        return list(request);
      },
    }),
  ];
};
