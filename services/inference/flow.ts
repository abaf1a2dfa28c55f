import type { LimitsConfig } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { GenerationRequest } from '../engine/protocol/generation.ts';
import type { Call, EmbeddingCall, Embeddings, GenerationCall, GenerationEvent, Priority } from './call.ts';

/** The request arrow after `auth`: what routes and jobs call. */
export interface Flow {
  /**
   * Chooses a model, waits for admission, generates. Ends with `finished` or throws a ServiceError
   * (also in the middle of an answer). Leaving the loop early cancels the generation.
   */
  generate(call: GenerationCall): AsyncIterable<GenerationEvent>;
  embed(call: EmbeddingCall): Promise<Embeddings>;
}

interface Slot {
  release(usedTokens?: number): void;
}

interface Entry {
  readonly keyId: string;
  readonly priority: Priority;
  readonly deadlineAt: number;
  readonly estimatedTokens: number;
  readonly signal: AbortSignal;
}

/** What each stage promises the arrow; the folders of the same names keep the promises. */
export interface Stages {
  readonly models: { choose(call: Pick<Call, 'model' | 'scenario'>): string };
  readonly admit: { enter(entry: Entry): Slot | Promise<Slot> };
  readonly route: {
    generate(modelId: string, request: GenerationRequest, signal: AbortSignal): AsyncIterable<GenerationEvent>;
    embed(modelId: string, inputs: readonly string[], signal: AbortSignal): Promise<Embeddings>;
  };
  /** Read at every request, because limits change while running. */
  readonly limits: () => Pick<LimitsConfig, 'deadlineMs' | 'maxOutputTokens'>;
  readonly now: () => number;
}

/** The request path. Each stage is the folder of the same name. */
export const createFlow = (stages: Stages): Flow => ({
  async *generate(call) {
    const modelId = stages.models.choose(call);
    const request = requestFor(call, stages.limits().maxOutputTokens);
    const deadline = startDeadline(call, stages);
    let slot: Slot | undefined;
    let usedTokens = 0;
    try {
      slot = await stages.admit.enter(entryOf(call, deadline, estimateTokens(request)));
      for await (const event of stages.route.generate(modelId, request, deadline.signal)) {
        usedTokens = tokensAfter(usedTokens, event);
        yield event;
      }
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      deadline.clear();
      slot?.release(usedTokens);
    }
  },

  async embed(call) {
    const modelId = stages.models.choose(call);
    const deadline = startDeadline(call, stages);
    let slot: Slot | undefined;
    let usedTokens = 0;
    try {
      slot = await stages.admit.enter(entryOf(call, deadline, estimateText(call.inputs)));
      const embeddings = await stages.route.embed(modelId, call.inputs, deadline.signal);
      usedTokens = embeddings.promptTokens;
      return embeddings;
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      deadline.clear();
      slot?.release(usedTokens);
    }
  },
});

// An answer that is cancelled half-way used what it used.
const tokensAfter = (used: number, event: GenerationEvent): number => {
  if (event.type === 'accepted') return event.promptTokens ?? 0;
  if (event.type === 'text') return used + event.tokens;
  return event.usage.promptTokens + event.usage.completionTokens;
};

interface Deadline {
  readonly at: number;
  /** Aborts when the client is gone or the deadline passes. */
  readonly signal: AbortSignal;
  /** Names the deadline as the cause where it is one. */
  explain(error: unknown): unknown;
  clear(): void;
}

/** A timer set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

// AbortSignal.any and AbortSignal.timeout would do the same at ten times the cost per request.
const startDeadline = (call: Call, stages: Stages): Deadline => {
  const at = call.deadlineAt ?? stages.now() + stages.limits().deadlineMs;
  const controller = new AbortController();
  let hasPassed = false;
  const expire = () => {
    hasPassed = true;
    controller.abort(deadlineError());
  };
  const leave = () => controller.abort(call.signal.reason);
  const timer = setTimeout(expire, Math.min(LONGEST_TIMER_MS, Math.max(0, at - stages.now())));
  if (call.signal.aborted) leave();
  else call.signal.addEventListener('abort', leave, { once: true });
  return {
    at,
    signal: controller.signal,
    explain: (error) => (hasPassed && !call.signal.aborted ? deadlineError(error) : error),
    clear: () => {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', leave);
    },
  };
};

const deadlineError = (cause?: unknown): ServiceError =>
  new ServiceError('ERR_ADMIT_DEADLINE', 'the deadline of the request passed before its answer was complete', {
    cause,
    retryAfterSeconds: 1,
  });

const entryOf = (call: Call, deadline: Deadline, estimatedTokens: number): Entry => ({
  keyId: call.caller.keyId,
  priority: call.priority,
  deadlineAt: deadline.at,
  estimatedTokens,
  signal: deadline.signal,
});

// The tenant keeps an engine from answering one key faster because of another key's prompt.
const requestFor = ({ request, caller }: GenerationCall, maxOutputTokens: number): GenerationRequest => ({
  ...request,
  tenant: caller.tenant,
  ...(request.maxTokens === null ? { outputCap: maxOutputTokens } : {}),
});

/** About four characters a token: enough for a budget that is settled with the true count afterwards. */
const CHARACTERS_PER_TOKEN = 4;

const estimateText = (texts: readonly string[]): number => {
  let characters = 0;
  for (const text of texts) characters += text.length;
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
};

const estimateTokens = (request: GenerationRequest): number => {
  const { input } = request;
  const texts = input.kind === 'chat' ? input.messages.map((message) => message.content) : [input.prompt];
  return estimateText(texts) + (request.maxTokens ?? 0);
};
