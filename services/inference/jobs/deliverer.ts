import type { Config } from '../../../core/config/schema.ts';
import type { Egress } from '../../../core/egress/egress.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { CallbackRules } from './callback-url.ts';
import { type DeliveryOutcome, judgeDelivery } from './delivery-verdict.ts';
import type { Persist } from './persist.ts';
import type { JobPrivacy } from './privacy.ts';
import type { Delivery, JobStore } from './store/job-store.ts';
import { hostOf } from './store/target.ts';
import type { Timers } from './timers.ts';
import { createTurnstile } from './turnstile.ts';
import type { Random } from './waits.ts';
import type { createSigner } from './webhook.ts';

export interface DelivererDeps {
  readonly store: Pick<JobStore, 'dueDeliveries' | 'settle' | 'nextDeliveryAt'>;
  /** Read at every attempt, because they change while running. */
  readonly config: () => Pick<Config['jobs']['callbacks'], 'attempts' | 'timeoutMs'>;
  readonly rules: () => CallbackRules;
  readonly egress: () => Pick<Egress, 'request'>;
  readonly sign: ReturnType<typeof createSigner>;
  readonly privacy: Pick<JobPrivacy, 'openUrl'>;
  readonly persist: Persist;
  readonly now: () => number;
  readonly timers: Timers;
  readonly random: Random;
  readonly telemetry: Pick<Telemetry, 'counter'>;
  readonly log: Pick<Logger, 'debug' | 'warn' | 'error'>;
}

/** Empties the outbox: at least once, so receivers drop repetitions by `webhook-id`. */
export interface Deliverer {
  wake(): void;
  /** Breaks off what is under way; it is tried again after the next start. May be called twice. */
  stop(): Promise<void>;
}

const MAX_IN_FLIGHT = 16;
/** One receiver that hangs must not hold up the others. */
const MAX_PER_HOST = 4;
/** Nothing in the answer is used; more of it than this costs the receiver its connection. */
const MAX_ANSWER_BYTES = 65_536;

/** A deliverer that is idle until woken. */
export const createDeliverer = (deps: DelivererDeps): Deliverer => {
  const { store, now, timers, log } = deps;
  const inFlight = new Map<string, { readonly host: string; readonly ended: Promise<void> }>();
  const stopping = new AbortController();

  const work = (): number | undefined => {
    for (let next = pick(); next !== undefined; next = pick()) start(next);
    return store.nextDeliveryAt(now());
  };
  const pick = (): Delivery | undefined => {
    if (inFlight.size >= MAX_IN_FLIGHT) return undefined;
    const exceptHosts = busyHosts([...inFlight.values()].map((entry) => entry.host));
    return store.dueDeliveries({ now: now(), limit: 1, exceptJobs: [...inFlight.keys()], exceptHosts })[0];
  };
  const onError = (error: unknown) => log.error('jobs.store_failed', { err: error });
  const turnstile = createTurnstile({ work, now, timers, onError });

  const start = (delivery: Delivery): void => {
    const { id } = delivery.job;
    const ended = deliver(delivery).finally(() => {
      inFlight.delete(id);
      turnstile.wake();
    });
    inFlight.set(id, { host: hostOf(delivery.url), ended });
  };
  const deliver = async (delivery: Delivery): Promise<void> => {
    const outcome = await attempt(delivery, deps, stopping.signal);
    if (stopping.signal.aborted) return;
    const { attempts: maxAttempts } = deps.config();
    const { label, ...settlement } = judgeDelivery({
      outcome,
      attempts: delivery.attempts,
      maxAttempts,
      now: now(),
      random: deps.random,
    });
    await deps.persist(() => store.settle(delivery.job.id, settlement));
    deps.telemetry.counter('callbacks', { outcome: label });
    report(delivery, outcome, settlement.state === 'dead', log);
  };

  return {
    wake: turnstile.wake,
    async stop() {
      turnstile.stop();
      stopping.abort();
      await Promise.all([...inFlight.values()].map((entry) => entry.ended));
    },
  };
};

const busyHosts = (hosts: readonly string[]): string[] => {
  const counts = new Map<string, number>();
  for (const host of hosts) counts.set(host, (counts.get(host) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= MAX_PER_HOST).map(([host]) => host);
};

const attempt = async (delivery: Delivery, deps: DelivererDeps, stopping: AbortSignal): Promise<DeliveryOutcome> => {
  const limit = limitTime(deps.config().timeoutMs, deps.timers, stopping);
  try {
    // Again, because the list may have changed since the job was accepted.
    const url = deps.rules().check(deps.privacy.openUrl(delivery.url, delivery.job.requestId));
    const { headers, body } = deps.sign(delivery.job, delivery.webhookId, deps.now());
    const { traceparent } = delivery.job.payload.request;
    const answer = await deps.egress().request(url, {
      method: 'POST',
      headers: traceparent === undefined ? headers : { ...headers, traceparent },
      body,
      signal: limit.signal,
    });
    await answer.discard(MAX_ANSWER_BYTES);
    return { kind: 'answered', status: answer.status, retryAfter: answer.headers['retry-after'] };
  } catch (error) {
    const isRefused =
      error instanceof ServiceError && (error.code === 'ERR_JOBS_CALLBACK' || error.code === 'ERR_EGRESS_REFUSED');
    return { kind: isRefused ? 'refused' : 'unreachable', reason: reasonOf(error) };
  } finally {
    limit.clear();
  }
};

const limitTime = (timeoutMs: number, timers: Timers, stopping: AbortSignal) => {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('the service stops'));
  const cancel = timers.after(timeoutMs, () => controller.abort(new Error(`no answer within ${timeoutMs} ms`)));
  stopping.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    clear: () => {
      cancel();
      stopping.removeEventListener('abort', stop);
    },
  };
};

/** Error codes such as ECONNREFUSED rather than messages, which name addresses. */
const reasonOf = (error: unknown): string => {
  if (error instanceof ServiceError) return error.message;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
};

const report = (delivery: Delivery, outcome: DeliveryOutcome, isDead: boolean, log: DelivererDeps['log']): void => {
  const fields = {
    'labels.job_id': delivery.job.id,
    'http.request.id': delivery.job.requestId,
    'labels.attempts': delivery.attempts + 1,
    ...(outcome.kind === 'answered'
      ? { 'http.response.status_code': outcome.status }
      : { 'error.message': outcome.reason }),
  };
  const isDelivered = outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
  if (isDelivered) log.debug('callback.delivered', fields);
  else log[isDead ? 'error' : 'warn'](isDead ? 'callback.abandoned' : 'callback.failed', fields);
};
