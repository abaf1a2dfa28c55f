import { z } from 'zod';
import { defineOperation, type Operation } from '../operation.ts';
import { ADMIN_ROUTE, type Audit, whoOf } from './admin-audit.ts';
import type { Asked } from './generation.ts';
import { json } from './json.ts';
import { isVisible, requireModel } from './model-access.ts';
import { described, isoTime, milliseconds, modelName } from './schemas.ts';

const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;
type BreakerState = (typeof BREAKER_STATES)[number];

export interface BreakerView {
  readonly model: string;
  readonly state: BreakerState;
  /** When an open one is half open by itself; absent: when somebody changes it. */
  readonly expiresInMs?: number;
  readonly reason?: string;
}

export interface BreakerDeps {
  readonly breaker: {
    get(): readonly BreakerView[];
    /** Throws ERR_MODELS_UNKNOWN. */
    set(
      model: string,
      change: {
        readonly state: BreakerState;
        readonly expiresMs?: number | undefined;
        readonly reason?: string | undefined;
      },
    ): void;
  };
  readonly audit: Audit;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const MAX_EXPIRY_MS = 86_400_000;
const REASON_CHARACTERS = 200;

const STATES =
  '`open`: requests for the model answer 503 at once. `half_open`: few are tried at once, the others answer 503; the first token closes it, a failure of the engine opens it again, for 5 s at most.';

const breakerList = z
  .strictObject({
    breakers: z.array(
      z.strictObject({
        model: z.string(),
        state: described(z.enum(BREAKER_STATES), STATES),
        expiresInMs: described(
          milliseconds.optional(),
          'When an open one is half open by itself; absent: when somebody changes it.',
        ),
        until: described(isoTime.optional(), 'The same as a time.'),
        reason: described(z.string().optional(), 'Why it is not closed, in the words of whoever opened it.'),
      }),
    ),
  })
  .meta({ id: 'BreakerList' });

const breakerChange = z
  .strictObject({
    model: modelName,
    state: described(z.enum(BREAKER_STATES), STATES),
    expiresMs: described(
      z.int().min(1).max(MAX_EXPIRY_MS).optional(),
      'With `open`: half open by itself after this time. Default: stays open until it is changed.',
    ),
    reason: described(z.string().min(1).max(REASON_CHARACTERS).optional(), 'Shown with the breaker and audited.'),
  })
  .meta({ id: 'BreakerChange' });

/** `GET` and `PUT /api/v1/admin/breaker`. */
export const breakerOperations = ({ breaker, audit, now }: BreakerDeps): Operation[] => {
  const answers = { 200: { description: 'All breakers now.', content: { 'application/json': breakerList } } };
  const list = ({ caller }: Pick<Asked, 'caller'>) =>
    json({
      breakers: breaker
        .get()
        .filter(({ model }) => isVisible(caller, model))
        .map((view) => withTime(view, now())),
    });
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
      summary: 'Open, half-open or close the circuit breaker of a model',
      body: breakerChange,
      errors: ['ERR_MODELS_UNKNOWN'],
      answers,
      handle(request) {
        const { model, ...change } = request.body;
        requireModel(request.caller, model);
        breaker.set(model, change);
        const { state, expiresMs, reason } = change;
        audit.info('breaker.changed', { ...whoOf(request), labels: { model, state, expires_ms: expiresMs, reason } });
        return list(request);
      },
    }),
  ];
};

const withTime = (view: BreakerView, now: number) =>
  view.expiresInMs === undefined ? view : { ...view, until: new Date(now + view.expiresInMs).toISOString() };
