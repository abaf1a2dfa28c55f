import type { RequestTrace } from '../../core/telemetry/trace/request-trace.ts';
import type { Stages } from './flow.ts';

/** Takes the times at the borders of the stages, for requests that are traced; what the stages do stays as it is. */
export const timeStages = (stages: Stages): Stages => ({
  ...stages,
  redact: {
    begin(call) {
      call.trace?.mark('redact');
      return stages.redact.begin(call);
    },
    protect: (error) => stages.redact.protect(error),
  },
  admit: {
    enter(entry) {
      const { trace } = entry;
      if (trace === undefined) return stages.admit.enter(entry);
      trace.mark('admit');
      const slot = stages.admit.enter(entry);
      if (slot instanceof Promise) return slot.finally(() => trace.mark('admitted'));
      trace.mark('admitted');
      return slot;
    },
  },
  cache: {
    findOld: (ask, maxAgeMs) => stages.cache.findOld(ask, maxAgeMs),
    answer(ask, generate) {
      const { trace } = ask;
      if (trace === undefined) return stages.cache.answer(ask, generate);
      trace.mark('cache');
      return stages.cache.answer(ask, (request, signal) => timed(trace, generate(request, signal)));
    },
  },
});

/** Nothing is asked of an engine before somebody reads. */
const timed = <Event>(trace: RequestTrace, events: AsyncIterable<Event>): AsyncIterable<Event> => ({
  [Symbol.asyncIterator]: () => {
    trace.mark('route');
    return events[Symbol.asyncIterator]();
  },
});
