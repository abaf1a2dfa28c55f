import type { LimitsConfig } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { RequestTrace } from '../../core/telemetry/trace/request-trace.ts';
import type { GenerationInput, GenerationRequest, Priority, Task, TaskResult } from '../engine/protocol/generation.ts';
import type { Call, Computed, GenerationCall, GenerationEvent, TaskCall } from './call.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import type { Chain, KeptAnswer } from './degrade.ts';
import { generateAnswer, untilReady } from './generate-answer.ts';
import { createMeter, estimateTask, estimateTokens } from './token-use.ts';

/** The request arrow after `auth`: what routes and jobs call. */
export interface Flow {
  /**
   * Chooses a model, waits for admission, generates. Ends with `finished` or throws a ServiceError
   * (also in the middle of an answer). Leaving the loop early cancels the generation.
   */
  generate(call: GenerationCall): AsyncIterable<GenerationEvent>;
  /** Work of a model that is no generation, through the same stages. */
  compute<Kind extends Task['kind']>(call: TaskCall<Kind>): Promise<Computed<Kind>>;
}

/** The right to be worked on. */
export interface Slot {
  release(usedTokens?: number): void;
  /** Leaves the place to others until `wait` is over. */
  away(wait: () => Promise<void>): Promise<void>;
}

interface Entry {
  readonly keyId: string;
  readonly priority: Priority;
  readonly deadlineAt: number;
  readonly estimatedTokens: number;
  readonly signal: AbortSignal;
  readonly trace: RequestTrace | undefined;
}

/** What the cache is asked, with all that an answer depends on. */
export interface Ask {
  readonly modelId: string;
  readonly scenario: string | undefined;
  readonly priority: Priority;
  readonly request: GenerationRequest;
  readonly choices: number;
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
  readonly trace: RequestTrace | undefined;
  /** What answers depend on besides the request. */
  readonly policy: string;
  /** What is kept of an answer. */
  readonly redact: (events: readonly GenerationEvent[]) => readonly GenerationEvent[];
}

type Decode = (tokens: readonly number[]) => Promise<string>;

/** Both redactions of one call. */
interface CallRedaction {
  readonly version: string;
  /** Private data found so far. */
  readonly count: number;
  request(request: GenerationRequest): GenerationRequest;
  task<T extends Task>(task: T): T;
  /** Redact what was asked in token ids; absent where nothing is to be redacted. */
  readonly readTokens: ((input: GenerationInput, decode: Decode) => Promise<GenerationInput>) | undefined;
  readonly readTaskTokens: ((task: Task, decode: Decode) => Promise<Task>) | undefined;
  /** Redacts, then restores what the request had; answers what can be passed on now. */
  answer(request: GenerationRequest): { see(event: GenerationEvent): readonly GenerationEvent[]; close(): void };
  kept(request: GenerationRequest, events: readonly GenerationEvent[]): readonly GenerationEvent[];
  result<R extends TaskResult>(result: R): R;
  end(): void;
}

/** Asks an engine for an answer. */
export type Generate = (request: GenerationRequest, signal: AbortSignal) => AsyncIterable<GenerationEvent>;

/** The model that is asked for, and those that may be. */
interface Wish extends Pick<Call, 'model' | 'scenario'> {
  readonly allowed: ReadonlySet<string> | undefined;
}

/** What each stage promises the arrow; the folders of the same names keep the promises. */
export interface Stages {
  readonly models: { choose(wish: Wish): string };
  readonly redact: { begin(call: Call): CallRedaction; protect(error: ServiceError): ServiceError };
  readonly admit: { enter(entry: Entry): Slot | Promise<Slot> };
  /** Answers itself, or lets `generate` answer. */
  readonly cache: {
    answer(ask: Ask, generate: Generate): AsyncIterable<GenerationEvent>;
    /** A kept answer, also one that is too old to be used otherwise. */
    findOld(ask: Ask, maxAgeMs: number): Promise<KeptAnswer | undefined>;
  };
  /** What answers in place of the model; absent: nothing does. */
  readonly degrade: (scenario: string | undefined) => Chain | undefined;
  readonly route: {
    /** Whether it would be worked on now. */
    isReady(modelId: string): boolean;
    /** Has the model loaded, and resolves when it may be ready; throws where it will not be. */
    untilReady(modelId: string, signal: AbortSignal): Promise<void>;
    generate(modelId: string, request: GenerationRequest, signal: AbortSignal): AsyncIterable<GenerationEvent>;
    compute(modelId: string, task: Task, signal: AbortSignal): Promise<Computed>;
  };
  /** Read at every request, because limits change while running. */
  readonly limits: () => Pick<LimitsConfig, 'deadlineMs' | 'maxOutputTokens'>;
  readonly now: () => number;
}

/** The request path. Each stage is the folder of the same name. */
export const createFlow = (stages: Stages): Flow => ({
  async *generate(call) {
    const modelId = stages.models.choose(wishOf(call));
    const redaction = stages.redact.begin(call);
    const deadline = startDeadline(call, stages);
    const meter = createMeter();
    let answer: ReturnType<CallRedaction['answer']> | undefined;
    let slot: Slot | undefined;
    try {
      const redacted = { ...call, request: redaction.request(call.request) };
      const entered = await stages.admit.enter(entryOf(call, deadline, estimateTokens(redacted)));
      slot = entered;
      const decode = decoderOf(stages, modelId, deadline.signal);
      const readable = needsReading(redacted.request) ? await readTokens(redacted, redaction, decode) : redacted;
      const ask = askOf(readable, modelId, redaction, deadline, stages);
      answer = redaction.answer(ask.request);
      for await (const event of generateAnswer(call, ask, entered, stages)) {
        meter.see(event);
        for (const safe of answer.see(event)) yield safe.type === 'finished' ? withCount(safe, redaction) : safe;
      }
    } catch (error) {
      throw protect(deadline.explain(error), stages);
    } finally {
      deadline.clear();
      slot?.release(meter.usedTokens());
      answer?.close();
      redaction.end();
    }
  },

  async compute<Kind extends Task['kind']>(call: TaskCall<Kind>) {
    const modelId = stages.models.choose(wishOf(call));
    const redaction = stages.redact.begin(call);
    const deadline = startDeadline(call, stages);
    let slot: Slot | undefined;
    let usedTokens = 0;
    try {
      const redacted = redaction.task<Task>(call.task);
      slot = await stages.admit.enter(entryOf(call, deadline, estimateTask(redacted)));
      await untilReady(stages.route, slot, modelId, deadline.signal);
      const decode = decoderOf(stages, modelId, deadline.signal);
      const task = (await redaction.readTaskTokens?.(redacted, decode)) ?? redacted;
      const computed = redaction.result(await stages.route.compute(modelId, task, deadline.signal));
      if ('promptTokens' in computed) usedTokens = computed.promptTokens;
      // Safe: an engine answers a task with a result of its kind.
      return withCount(computed, redaction) as Computed<Kind>;
    } catch (error) {
      throw protect(deadline.explain(error), stages);
    } finally {
      deadline.clear();
      slot?.release(usedTokens);
      redaction.end();
    }
  },
});

const wishOf = ({ model, scenario, caller }: Call): Wish => ({ model, scenario, allowed: caller.models });

const withCount = <T extends object>(answer: T, { count }: CallRedaction): T =>
  count === 0 ? answer : { ...answer, redactions: count };

// What is no error of ours, such as the reason of a client that left, is not shown to anybody.
const protect = (error: unknown, { redact }: Stages): unknown =>
  error instanceof ServiceError ? redact.protect(error) : error;

const needsReading = ({ input }: GenerationRequest): boolean => input.kind === 'tokens';

const readTokens = async (
  call: GenerationCall,
  { readTokens: read }: CallRedaction,
  decode: Decode,
): Promise<GenerationCall> =>
  read === undefined ? call : { ...call, request: { ...call.request, input: await read(call.request.input, decode) } };

const decoderOf =
  ({ route }: Stages, modelId: string, signal: AbortSignal): Decode =>
  async (tokens) => {
    const result = await route.compute(modelId, { kind: 'detokenize', tokens }, signal);
    return result.kind === 'detokenize' ? result.text : '';
  };

const entryOf = (call: Call, deadline: Deadline, estimatedTokens: number): Entry => ({
  keyId: call.caller.keyId,
  priority: call.priority,
  deadlineAt: deadline.at,
  estimatedTokens,
  signal: deadline.signal,
  trace: call.trace,
});

const askOf = (
  call: GenerationCall,
  modelId: string,
  redaction: CallRedaction,
  { at, signal }: Deadline,
  stages: Stages,
): Ask => ({
  modelId,
  scenario: call.scenario,
  priority: call.priority,
  request: requestFor(call, Math.max(0, at - stages.now()), stages.limits().maxOutputTokens),
  choices: call.choices ?? 1,
  deadlineAt: at,
  signal,
  trace: call.trace,
  policy: redaction.version,
  redact: (events) => redaction.kept(call.request, events),
});

// The tenant keeps an engine from answering one key faster because of another key's prompt.
const requestFor = (
  { request, caller, priority, trace }: GenerationCall,
  deadlineMs: number,
  maxOutputTokens: number,
): GenerationRequest => ({
  ...request,
  tenant: caller.tenant,
  keyId: caller.keyId,
  priority,
  deadlineMs,
  ...(trace === undefined ? {} : { traceparent: trace.engineTraceparent }),
  ...(request.maxTokens === null ? { outputCap: maxOutputTokens } : {}),
});
