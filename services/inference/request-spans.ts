import type { EnginePhase, RequestTrace, TracedWork } from '../../core/telemetry/trace/request-trace.ts';
import type { FinishedSpan, SpanValue } from '../../core/telemetry/trace/span.ts';
import { newSpanId } from '../../core/telemetry/trace/trace-context.ts';

/** The span of a request that all others hang below. */
export interface Root {
  readonly name: string;
  readonly kind: 'server' | 'consumer';
  /** Milliseconds, monotonic. */
  readonly endedAt: number;
  readonly attributes: FinishedSpan['attributes'];
  readonly isError: boolean;
}

type Attributes = Readonly<Record<string, SpanValue | undefined>>;

/** A span on the clock of the process, before it has an id. */
interface Part {
  readonly name: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly attributes?: Attributes;
}

/** Makes the spans of one request from the times it took; `epochMs` is when the clock of the process read 0. */
export const spansOf = (trace: RequestTrace, root: Root, epochMs: number): readonly FinishedSpan[] => {
  const { traceId, spanId, parent, startedAt } = trace;
  const within = (at: number): number => Math.min(Math.max(at, startedAt), root.endedAt);
  const spans: FinishedSpan[] = [
    {
      name: root.name,
      kind: root.kind,
      traceId,
      spanId,
      ...(parent === undefined ? {} : { parent: { spanId: parent.spanId, isRemote: true } }),
      startedAt: epochMs + startedAt,
      endedAt: epochMs + root.endedAt,
      attributes: root.attributes,
      isError: root.isError,
    },
  ];
  const add = (
    part: Part,
    above: string,
    { id = newSpanId(), ...more }: Partial<FinishedSpan> & { id?: string } = {},
  ) => {
    if (part.from === undefined || part.to === undefined) return undefined;
    const from = within(part.from);
    spans.push({
      name: part.name,
      kind: 'internal',
      traceId,
      spanId: id,
      parent: { spanId: above, isRemote: false },
      startedAt: epochMs + from,
      endedAt: epochMs + Math.max(from, within(part.to)),
      attributes: defined(part.attributes ?? {}),
      ...more,
    });
    return id;
  };

  add({ name: 'auth', from: trace.at('auth'), to: trace.at('authorized') ?? root.endedAt }, spanId);
  const { work } = trace;
  if (work === undefined) return spans;
  const ended = trace.at('finished') ?? root.endedAt;
  const redact = trace.at('redact');
  add({ name: 'read', from: trace.at('authorized'), to: redact }, spanId);
  const generation = { name: nameOf(work), from: redact, to: ended, attributes: workAttributes(trace, work) };
  const above = add(generation, spanId, { isError: isFailure(work) });
  if (above === undefined) return spans;
  for (const part of stagesOf(trace, work, ended)) add(part, above);
  // Tasks that are no generation pass by the cache.
  const routed = trace.at('route') ?? (trace.at('cache') === undefined ? trace.at('admitted') : undefined);
  const route = add({ name: 'route', from: routed, to: ended }, above);
  if (route !== undefined) addEngine(trace, work, ended, (part, below, more) => add(part, below ?? route, more));
  add({ name: 'respond', from: ended, to: root.endedAt }, spanId);
  return spans;
};

/** Each stage ends where the next begins; one that was never left ends with the request. */
const stagesOf = (trace: RequestTrace, { cache }: TracedWork, ended: number): readonly Part[] => {
  const admit = trace.at('admit');
  return [
    { name: 'redact', from: trace.at('redact'), to: admit ?? ended },
    { name: 'admit', from: admit, to: trace.at('admitted') ?? ended },
    {
      name: 'cache',
      from: trace.at('cache'),
      // An answer that was found, or shared, is there when it is accepted.
      to: trace.at('route') ?? trace.at('accepted') ?? ended,
      attributes: { 'clawdbot.cache.result': cache ?? 'none' },
    },
  ];
};

type AddPart = (part: Part, above?: string, more?: Partial<FinishedSpan> & { id?: string }) => string | undefined;

/**
 * The engine says how long, not when: its own clock has another zero. What it did ended when its last word came. Why an
 * engine makes no spans itself: services/engine/README.md.
 */
const addEngine = (trace: RequestTrace, { phases, model }: TracedWork, ended: number, add: AddPart): void => {
  const from = trace.at('route');
  const id = trace.engineSpanId;
  if (from === undefined) return;
  const spent = phases?.reduce((sum, { ms }) => sum + ms, 0) ?? 0;
  const startedAt = phases === undefined ? from : Math.max(from, ended - spent);
  add({ name: 'engine', from: startedAt, to: ended, attributes: { 'gen_ai.request.model': model } }, undefined, {
    id,
    kind: 'client',
  });
  let at = startedAt;
  for (const phase of phases ?? []) {
    if (phase.ms > 0 || phase.steps > 0) add(partOf(phase, at), id);
    at += phase.ms;
  }
};

const partOf = ({ kind, ms, steps }: EnginePhase, from: number): Part => ({
  name: `engine.${kind}`,
  from,
  to: from + ms,
  attributes: kind === 'queue' ? {} : { 'clawdbot.engine.steps': steps },
});

const nameOf = ({ operation, model }: TracedWork): string =>
  model === undefined ? operation : `${operation} ${model}`;

const isFailure = ({ outcome }: TracedWork): boolean => outcome === 'error' || outcome === 'timeout';

const workAttributes = (trace: RequestTrace, work: TracedWork): Attributes => {
  const { parameters } = work;
  const redacted = trace.at('redact');
  const firstToken = trace.at('firstToken');
  return {
    'gen_ai.operation.name': work.operation,
    'gen_ai.provider.name': 'clawdbot',
    'gen_ai.request.model': work.model,
    'gen_ai.request.max_tokens': parameters?.maxTokens ?? undefined,
    'gen_ai.request.temperature': parameters?.temperature,
    'gen_ai.request.top_p': parameters?.topP,
    'gen_ai.request.stream': work.isStream,
    'gen_ai.response.model': work.model,
    'gen_ai.response.finish_reasons': work.finishReason === undefined ? undefined : [work.finishReason],
    'gen_ai.response.time_to_first_chunk':
      firstToken === undefined || redacted === undefined ? undefined : (firstToken - redacted) / 1000,
    'gen_ai.usage.input_tokens': work.inputTokens,
    'gen_ai.usage.output_tokens': work.outputTokens,
    'clawdbot.degraded': work.degraded,
    'gen_ai.usage.cache_read.input_tokens': work.cachedTokens,
    'gen_ai.input.messages': work.input,
    'gen_ai.output.messages': work.output,
    'clawdbot.outcome': work.outcome,
    'clawdbot.cache.result': work.cache,
    'clawdbot.redactions': work.redactions,
    'error.type': work.errorType,
  };
};

const defined = (attributes: Attributes): Record<string, SpanValue> => {
  const kept: Record<string, SpanValue> = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) kept[key] = value;
  return kept;
};
