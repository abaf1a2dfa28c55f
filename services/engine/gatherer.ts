import type { TokenDetails } from './protocol/generation.ts';
import type { EngineEvent } from './protocol/messages.ts';

type TokensEvent = EngineEvent & { readonly type: 'tokens' };

export interface Gatherer {
  /** What is to be sent now that this event has come. */
  add(event: EngineEvent): readonly EngineEvent[];
  forget(id: number): void;
  /** What has waited long enough. */
  due(): readonly EngineEvent[];
}

interface Held {
  readonly event: TokensEvent;
  readonly since: number;
}

/** How long tokens wait for more: enough to spare most messages, short enough for whoever joins to watch. */
const MOST_MS = 100;
const NOTHING: readonly EngineEvent[] = [];

/** Makes one event of many tokens. The first of an answer goes through, so that its time is known. */
export const createGatherer = (now: () => number): Gatherer => {
  const begun = new Set<number>();
  const held = new Map<number, Held>();

  const addTokens = (event: TokensEvent): readonly EngineEvent[] => {
    if (!begun.has(event.id)) {
      begun.add(event.id);
      return [event];
    }
    const before = held.get(event.id);
    held.set(event.id, {
      event: before === undefined ? event : merge(before.event, event),
      since: before?.since ?? now(),
    });
    return NOTHING;
  };

  const forget = (id: number): void => {
    held.delete(id);
    begun.delete(id);
  };

  return {
    forget,
    add(event) {
      if (event.type === 'tokens') return addTokens(event);
      if (event.type !== 'finished' && event.type !== 'failed') return [event];
      const rest = held.get(event.id);
      forget(event.id);
      return rest === undefined ? [event] : [rest.event, event];
    },
    due() {
      if (held.size === 0) return NOTHING;
      const latest = now() - MOST_MS;
      const old = [...held].filter(([, { since }]) => since <= latest);
      for (const [id] of old) held.delete(id);
      return old.map(([, { event }]) => event);
    },
  };
};

const merge = (earlier: TokensEvent, later: TokensEvent): TokensEvent => {
  const details = mergeDetails(earlier.details, later.details);
  return {
    ...later,
    text: earlier.text + later.text,
    tokens: earlier.tokens + later.tokens,
    ...(details === undefined ? {} : { details }),
  };
};

const mergeDetails = (earlier?: TokenDetails, later?: TokenDetails): TokenDetails | undefined => {
  if (earlier === undefined || later === undefined) return earlier ?? later;
  const reasoning = joined(earlier.reasoning, later.reasoning, (one, other) => one + other);
  const toolCalls = joined(earlier.toolCalls, later.toolCalls, (one, other) => [...one, ...other]);
  const logprobs = joined(earlier.logprobs, later.logprobs, (one, other) => [...one, ...other]);
  return {
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(toolCalls === undefined ? {} : { toolCalls }),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
};

const joined = <Value>(one: Value | undefined, other: Value | undefined, join: (a: Value, b: Value) => Value) =>
  one === undefined || other === undefined ? (one ?? other) : join(one, other);
