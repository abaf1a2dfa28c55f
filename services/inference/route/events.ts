import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { BreakerState } from './breaker.ts';

/** What a configured model is doing, over all its replicas. */
export const MODEL_STATES = ['absent', 'fetching', 'loading', 'ready', 'failed', 'stopped'] as const;
export type ModelState = (typeof MODEL_STATES)[number];

/** What happens in the pool, for narration and logs. */
export type RouteEvent =
  /** A model entered a state, or came further in it. */
  | {
      readonly type: 'model';
      readonly model: string;
      readonly state: ModelState;
      /** Share of the phase that is done, 0 to 1; absent when it cannot be known. */
      readonly ratio?: number;
      readonly detail?: string;
      readonly code?: ErrorCode;
    }
  /** It did not fit as configured, and `fit: auto` made it smaller. */
  | { readonly type: 'model.adjusted'; readonly model: string; readonly adjustment: string }
  | { readonly type: 'engine.started'; readonly model: string; readonly replica: number; readonly pid: number }
  | {
      readonly type: 'engine.exited';
      readonly model: string;
      readonly replica: number;
      readonly pid: number;
      readonly reason: string;
      /** Last lines of its output; empty when the end was asked for. */
      readonly output: readonly string[];
      readonly wasAsked: boolean;
    }
  | { readonly type: 'engine.lost'; readonly model: string; readonly replica: number; readonly reason: string }
  | {
      readonly type: 'engine.restarting';
      readonly model: string;
      readonly replica: number;
      readonly reason: string;
      readonly waitMs: number;
    }
  | { readonly type: 'engine.output'; readonly model: string; readonly replica: number; readonly line: string }
  /** A replica that stood by takes requests in the place of one that was lost. */
  | { readonly type: 'standby.promoted'; readonly model: string; readonly replica: number }
  | { readonly type: 'replicas.changed'; readonly model: string; readonly from: number; readonly to: number }
  | { readonly type: 'replicas.refused'; readonly model: string; readonly wanted: number; readonly reason: string }
  | {
      readonly type: 'breaker.changed';
      readonly model: string;
      readonly state: BreakerState['kind'];
      readonly reason?: string;
    };

type WithoutOrigin<Event> = Event extends unknown ? Omit<Event, 'model' | 'replica'> : never;

/** What happens to one replica, before it is said which. */
export type ReplicaEvent = WithoutOrigin<Extract<RouteEvent, { readonly replica: number }>>;

type EngineOutput = Extract<RouteEvent, { readonly type: 'engine.output' }>;

/** Writes a line of an engine to the stream of its own, where whatever it says is a message and never a field. */
export const logOutput = (log: Pick<Logger, 'info'>, { type, model, replica, line }: EngineOutput): void => {
  if (line.trim() === '') return;
  log.info(type, { 'gen_ai.request.model': model, labels: { replica } }, line);
};

/** Writes one event to the log; progress is for eyes, not for files. */
export const logEvent = (
  log: Logger,
  event: Exclude<RouteEvent, EngineOutput>,
  before: ModelState | undefined,
): void => {
  const labels = { 'gen_ai.request.model': event.model };
  switch (event.type) {
    case 'model':
      return event.state === before ? undefined : logModel(log, event);
    case 'model.adjusted':
      return log.warn(
        event.type,
        { ...labels, labels: { adjustment: event.adjustment } },
        `model ${event.model}: does not fit as configured; runs with ${event.adjustment} (fit: auto)`,
      );
    case 'engine.started':
      return log.info(event.type, { ...labels, ...processOf(event) }, `model ${event.model}: engine started`);
    case 'engine.exited':
      return logExit(log, event);
    case 'engine.lost':
      return log.error(
        event.type,
        { ...labels, 'error.message': event.reason },
        `model ${event.model}: ${event.reason}`,
      );
    case 'engine.restarting':
      return log.warn(
        event.type,
        { ...labels, labels: { replica: event.replica, wait_ms: Math.round(event.waitMs) } },
        `model ${event.model}: engine starts again in ${Math.round(event.waitMs)} ms (${event.reason})`,
      );
    case 'standby.promoted':
      return log.warn(
        event.type,
        { ...labels, labels: { replica: event.replica } },
        `model ${event.model}: replica ${event.replica} takes over from one that was lost`,
      );
    case 'replicas.changed':
      return log.info(event.type, { ...labels, labels: { from: event.from, to: event.to } });
    case 'replicas.refused':
      return log.warn(event.type, { ...labels, 'error.message': event.reason, labels: { wanted: event.wanted } });
    case 'breaker.changed':
      return log.warn(
        event.type,
        { ...labels, labels: { state: event.state, ...(event.reason === undefined ? {} : { reason: event.reason }) } },
        `model ${event.model}: circuit breaker ${event.state.replace('_', ' ')}`,
      );
  }
};

const logModel = (log: Logger, event: RouteEvent & { type: 'model' }): void => {
  const fields = {
    'gen_ai.request.model': event.model,
    ...(event.code === undefined ? {} : { 'error.code': event.code }),
    ...(event.state === 'failed' && event.detail !== undefined ? { 'error.message': event.detail } : {}),
  };
  const message = `model ${event.model}: ${event.state}${event.detail === undefined ? '' : `, ${event.detail}`}`;
  if (event.state === 'failed') log.error('model.failed', fields, message);
  else log.info(`model.${event.state}`, fields, message);
};

const logExit = (log: Logger, event: RouteEvent & { type: 'engine.exited' }): void => {
  const fields = { 'gen_ai.request.model': event.model, ...processOf(event) };
  if (event.wasAsked) return log.info(event.type, fields, `model ${event.model}: engine stopped`);
  log.error(
    event.type,
    { ...fields, 'error.message': [event.reason, ...event.output].join('\n') },
    `model ${event.model}: engine ended: ${event.reason}`,
  );
};

/** The engine's process; `process.pid` is of the one that writes the line. */
const processOf = ({ pid, replica }: { pid: number; replica: number }) => ({ labels: { replica, pid } });
