import { ServiceError } from '../../../../core/errors/service-error.ts';
import type { GenerationInput, GenerationRequest, Task, TaskResult } from '../../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../../call.ts';
import type { RedactionDirection, Redactor } from '../redactor.ts';
import { type AnswerParts, type AnswerTransform, createAnswerTransform } from './answer.ts';
import type { Compiled, CompiledPolicy } from './compiled.ts';
import { asRefusal } from './failure.ts';
import { createLogprobGuard } from './logprob-guard.ts';
import type { Notes } from './notes.ts';
import { keepPseudonyms, type PseudonymBook } from './pseudonym-book.ts';
import { type RequestRedaction, redactRequest, redactTask } from './request.ts';
import type { MakeTransform } from './text-transform.ts';
import { jsonValuesTransform, plainTransform } from './value-transform.ts';

/** Reads token ids as text. */
export type Decode = (tokens: readonly number[]) => Promise<string>;

/** The two redactions of one call, and what binds them: its policy and its pseudonyms. */
export interface CallRedaction {
  /** What answers depend on besides the request. */
  readonly version: string;
  /** Matches so far. */
  readonly count: number;
  request(request: GenerationRequest): GenerationRequest;
  task<T extends Task>(task: T): T;
  /** What was asked in token ids; undefined where nothing needs to be read. */
  readonly readTokens: ((input: GenerationInput, decode: Decode) => Promise<GenerationInput>) | undefined;
  readonly readTaskTokens: ((task: Task, decode: Decode) => Promise<Task>) | undefined;
  /** For the caller: redacted, then its pseudonyms restored. */
  answer(request: GenerationRequest): AnswerTransform;
  /** For whoever keeps an answer: redacted, pseudonyms as they are. */
  kept(request: GenerationRequest, events: readonly GenerationEvent[]): readonly GenerationEvent[];
  result<R extends TaskResult>(result: R): R;
  /** Token and value of each pseudonym that was given out. */
  pseudonyms(): readonly (readonly [string, string])[];
  /** Writes down what was found; the call is over. */
  end(): void;
}

interface Parts {
  readonly compiled: Compiled;
  readonly policy: CompiledPolicy;
  readonly notes: Notes;
  /** False: pseudonyms of an earlier redaction stay in the answer, and no more are given out. */
  readonly restores: boolean;
  readonly onHeld: (difference: number) => void;
  readonly onFailure: (direction: RedactionDirection) => void;
}

/** Redaction of one call. Whatever its redactors throw, nothing of the text is passed on. */
export const createCallRedaction = (parts: Parts): CallRedaction => {
  const { compiled, policy, notes } = parts;
  const book = parts.restores ? keepPseudonyms(compiled.engine.pseudonyms()) : undefined;
  const guard = <T>(direction: RedactionDirection, run: () => T): T => {
    try {
      return run();
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.code === 'ERR_REDACT_FAILED') parts.onFailure(direction);
      throw refusal;
    }
  };
  const forRequest = requestRedaction(policy.request, book, notes);
  const forTask = requestRedaction(policy.request, undefined, notes);
  const readsTokens = policy.request !== undefined;

  const readInput = async (input: GenerationInput, decode: Decode, redaction: RequestRedaction) => {
    if (input.kind !== 'tokens') return input;
    if (compiled.tokenInputs === 'refuse') throw tokensRefused();
    const text = await decode(input.tokens);
    const redacted = guard('request', () => redaction.text(text, 'prompt'));
    return redacted === text ? input : { kind: 'text' as const, prompt: redacted };
  };

  return {
    version: policy.version,
    get count() {
      return notes.count;
    },
    request: (request) =>
      policy.request === undefined ? request : guard('request', () => redactRequest(request, forRequest)),
    // Safe: a redacted task is of the kind of the task.
    task: <T extends Task>(task: T) =>
      (policy.request === undefined ? task : guard('request', () => redactTask(task, forTask))) as T,
    readTokens: readsTokens ? (input, decode) => readInput(input, decode, forRequest) : undefined,
    readTaskTokens: readsTokens
      ? (task, decode) => readTaskInputs(task, (input) => readInput(input, decode, forTask))
      : undefined,
    answer: (request) => guarded(guard, createAnswerTransform(answerParts(request, parts, notes, book))),
    kept: (request, events) =>
      guard('response', () => {
        const transform = createAnswerTransform(
          answerParts(request, { ...parts, onHeld: () => {} }, undefined, undefined),
        );
        return events.flatMap((event) => transform.see(event));
      }),
    result: <R extends TaskResult>(result: R): R => {
      const { response } = policy;
      if (result.kind !== 'detokenize' || response === undefined) return result;
      return guard('response', () => {
        const { text, findings } = response.redact(result.text);
        notes.add('response', 'text', findings);
        return { ...result, text };
      });
    },
    pseudonyms: () => book?.entries() ?? [],
    end: () => notes.write(),
  };
};

const requestRedaction = (
  redactor: Redactor | undefined,
  pseudonyms: PseudonymBook | undefined,
  notes: Notes,
): RequestRedaction => {
  const text = (given: string, field: string): string => {
    if (redactor === undefined || given === '') return given;
    const { text: redacted, findings } = redactor.redact(given, pseudonyms);
    if (findings.length > 0) notes.add('request', field, findings);
    return redacted;
  };
  return {
    text,
    json(given, field) {
      if (redactor === undefined || !isJson(given)) return text(given, field);
      const transform = jsonValuesTransform({
        redactor,
        pseudonyms,
        onFindings: (findings) => notes.add('request', field, findings),
      });
      return transform.push(given) + transform.end();
    },
  };
};

const isJson = (text: string): boolean => {
  const first = text.trimStart().charAt(0);
  if (first !== '{' && first !== '[') return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const answerParts = (
  request: GenerationRequest,
  { compiled, policy, onHeld }: Pick<Parts, 'compiled' | 'policy' | 'onHeld'>,
  notes: Notes | undefined,
  book: PseudonymBook | undefined,
): AnswerParts => {
  const redactor = policy.response;
  const restore: MakeTransform | undefined =
    book === undefined || book.size === 0 ? undefined : () => compiled.engine.restorer(book);
  const partsOf = (field: string) => ({
    redactor,
    onFindings: (findings: Parameters<Notes['add']>[2]) => notes?.add('response', field, findings),
    next: restore,
  });
  const isJsonAnswer = request.responseFormat.type === 'json_object' || request.responseFormat.type === 'json_schema';
  const makeText = isJsonAnswer ? jsonValuesTransform : plainTransform;
  return {
    text: () => makeText(partsOf('text')),
    reasoning: () => plainTransform(partsOf('reasoning')),
    call: () => jsonValuesTransform(partsOf('toolCalls.arguments')),
    name(name) {
      const transform = plainTransform(partsOf('toolCalls.name'));
      return transform.push(name) + transform.end();
    },
    logprobs: redactor === undefined ? undefined : () => createLogprobGuard(redactor.stream()),
    onHeld,
    maxHeld: compiled.maxHeldCharacters,
  };
};

const guarded = (
  guard: <T>(direction: RedactionDirection, run: () => T) => T,
  transform: AnswerTransform,
): AnswerTransform => ({
  see: (event) => guard('response', () => transform.see(event)),
  close: () => transform.close(),
});

const readTaskInputs = async (
  task: Task,
  read: (input: GenerationInput) => Promise<GenerationInput>,
): Promise<Task> => {
  if (task.kind === 'tokenize' || task.kind === 'score') return { ...task, input: await read(task.input) };
  if (task.kind !== 'embed') return task;
  const inputs: (string | readonly number[])[] = [];
  for (const input of task.inputs) {
    const safe = typeof input === 'string' ? undefined : await read({ kind: 'tokens', tokens: input });
    inputs.push(safe?.kind === 'text' ? safe.prompt : input);
  }
  return { ...task, inputs };
};

const tokensRefused = (): ServiceError =>
  new ServiceError(
    'ERR_REDACT_BLOCKED',
    'prompt: expected text, got token ids, which `redaction.tokenInputs` does not let through; send text',
  );
