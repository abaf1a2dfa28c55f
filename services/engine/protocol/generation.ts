/** What one generation asks for and answers with; the same on the wire and inside the gateway. */

type Json = Readonly<Record<string, unknown>>;

/** A call of a tool by the model; `arguments` is the JSON text as the model wrote it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly name?: string;
  /** What an earlier assistant turn called. */
  readonly toolCalls?: readonly ToolCall[];
  /** Which call a `tool` message answers. */
  readonly toolCallId?: string;
  /** What an earlier assistant turn thought before it answered. */
  readonly reasoning?: string;
}

/** A function the model may call. */
export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** A JSON schema of an object. */
  readonly parameters: Json;
}

/** `{ name }`: exactly this one. */
export type ToolChoice = 'none' | 'auto' | 'required' | { readonly name: string };

export interface ToolUse {
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice;
  /** Several calls in one answer. */
  readonly isParallel: boolean;
}

export const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high'] as const;
export type ReasoningEffort = (typeof REASONING_EFFORTS)[number];

export type GenerationInput =
  | {
      readonly kind: 'chat';
      readonly messages: readonly ChatMessage[];
      readonly toolUse?: ToolUse;
      /** How long a model that reasons may do so; absent: as it likes. */
      readonly reasoningEffort?: ReasoningEffort;
      /** Variables for the chat template, such as `enable_thinking`. */
      readonly templateVariables?: Json;
    }
  | { readonly kind: 'text'; readonly prompt: string }
  | { readonly kind: 'tokens'; readonly tokens: readonly number[] };

export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: Json }
  /** A grammar in llama.cpp's GBNF. */
  | { readonly type: 'grammar'; readonly grammar: string };

/** Sampling that has no place in OpenAI's first API; each absent: the engine's default, or nothing. */
export interface FineSampling {
  /** Candidates kept before `topP` applies; 0 keeps all. */
  readonly topK?: number;
  /** Candidates below this share of the best one are dropped. */
  readonly minP?: number;
  /** -2 to 2, per time a token was written before. */
  readonly frequencyPenalty?: number;
  /** -2 to 2, for tokens that were written before. */
  readonly presencePenalty?: number;
  /** Divides the score of tokens seen lately, prompt included; 1 changes nothing. */
  readonly repeatPenalty?: number;
  /** Added to the logits of these token ids, -100 to 100. */
  readonly logitBias?: Readonly<Record<string, number>>;
  /** Log probabilities of each token and of this many alternatives, 0 to 20; absent: none. */
  readonly logprobs?: number;
}

/** A LoRA adapter of the model's configuration, by its id. */
export interface AdapterUse {
  readonly id: string;
  readonly scale: number;
}

export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** One generation, fully resolved: every default has been applied before it reaches an engine. */
export interface GenerationRequest extends FineSampling {
  readonly input: GenerationInput;
  /** At most this many tokens; `null`: until the model stops or its context is full. */
  readonly maxTokens: number | null;
  /** Where an answer without `maxTokens` ends with `length`; unlike `maxTokens` it need not fit into the context. */
  readonly outputCap?: number;
  /** 0 is greedy. */
  readonly temperature: number;
  readonly topP: number;
  /** `null`: the engine picks one. */
  readonly seed: number | null;
  /** Generation ends before the first of these; they are never part of the text. */
  readonly stop: readonly string[];
  readonly responseFormat: ResponseFormat;
  /** Goes on at the end of the context by forgetting the middle; absent: the answer ends with `length`. */
  readonly shiftsContext?: true;
  readonly adapters?: readonly AdapterUse[];
  /** Whose request it is: what one tenant asked never speeds up another. Absent: all of them are one. */
  readonly tenant?: string;
  /** Among whom the engine's time is shared out fairly; absent: as the tenant. */
  readonly keyId?: string;
  readonly priority?: Priority;
  /** Milliseconds left when it was sent; one that cannot be kept is refused early. Absent: no deadline. */
  readonly deadlineMs?: number;
  /** Where it belongs in a trace, as W3C Trace Context writes it; its end then says what it spent its time on. */
  readonly traceparent?: string;
  /** Nobody reads the answer before its end: its tokens may come in bursts, which is faster. */
  readonly isWhole?: true;
}

/** True where the same request has the same answer every time, and on every replica. */
export const isRepeatable = ({ temperature, seed }: GenerationRequest): boolean => temperature === 0 || seed !== null;

export type FinishReason = 'stop' | 'length' | 'tool_calls';

/** A piece of a tool call as it is written: `id` and `name` once, at its beginning. */
export interface ToolCallDelta {
  /** Position among the calls of this answer, from 0. */
  readonly index: number;
  readonly id?: string;
  readonly name?: string;
  readonly arguments: string;
}

/** How likely one token was, as a natural logarithm. */
export interface Likelihood {
  /** The token as text; incomplete characters as U+FFFD. */
  readonly token: string;
  readonly bytes: readonly number[];
  readonly logprob: number;
}

export interface TokenLogprob extends Likelihood {
  /** The likeliest tokens in its place, best first. */
  readonly top: readonly Likelihood[];
}

/** How likely one token of a prompt was after those before it; `null`: none came before it. */
export interface PromptLogprob extends Omit<TokenLogprob, 'logprob'> {
  readonly logprob: number | null;
}

/** What comes with, or instead of, the text of some tokens. */
export interface TokenDetails {
  /** What the model thinks before it answers; not part of the text. */
  readonly reasoning?: string;
  readonly toolCalls?: readonly ToolCallDelta[];
  readonly logprobs?: readonly TokenLogprob[];
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Prompt tokens taken from a prefix cache instead of computed. */
  readonly cachedTokens: number;
  /** Completion tokens the model spent thinking; absent where it does not tell them apart. */
  readonly reasoningTokens?: number;
  /** Tokens that were guessed ahead and proved right; absent without speculation. */
  readonly acceptedTokens?: number;
  readonly rejectedTokens?: number;
  /** True where an upstream did not count and the numbers were derived from the text. */
  readonly estimated?: true;
}

/** Measured in the engine process, in milliseconds. */
export interface Timings {
  /** From arrival in the engine to its first prefill step. */
  readonly queueMs: number;
  readonly prefillMs: number;
  /** From first to last token. */
  readonly decodeMs: number;
}

/** A part of the time in the engine. */
export interface EnginePhase {
  readonly kind: 'queue' | 'prefill' | 'decode';
  readonly ms: number;
  /** Steps of the engine this request had a part in; those of an upstream are the pieces that came. */
  readonly steps: number;
}

/** Work of a model that is no generation. */
export type Task =
  | { readonly kind: 'embed'; readonly inputs: readonly (string | readonly number[])[] }
  /** How well each document answers the query. */
  | { readonly kind: 'rerank'; readonly query: string; readonly documents: readonly string[] }
  /** The tokens of an input, chat template included. */
  | { readonly kind: 'tokenize'; readonly input: GenerationInput }
  | { readonly kind: 'detokenize'; readonly tokens: readonly number[] }
  /** How likely each token of an input is after those before it, with `top` alternatives. */
  | { readonly kind: 'score'; readonly input: GenerationInput; readonly top: number };

export type TaskResult =
  | { readonly kind: 'embed'; readonly vectors: readonly (readonly number[])[]; readonly promptTokens: number }
  | {
      readonly kind: 'rerank';
      /** One for each document in their order, 0 to 1. */
      readonly scores: readonly number[];
      /** `classifier`: the model was trained for it; `embedding`: cosine of the embeddings. */
      readonly method: 'classifier' | 'embedding';
      readonly promptTokens: number;
    }
  | {
      readonly kind: 'tokenize';
      readonly tokens: readonly number[];
      /** Each token as text, in the order of `tokens`. */
      readonly pieces: readonly string[];
    }
  | { readonly kind: 'detokenize'; readonly text: string }
  | {
      readonly kind: 'score';
      /** Without the token that the model wants before every text. */
      readonly logprobs: readonly PromptLogprob[];
      readonly promptTokens: number;
    };

/** The result of a task of this kind. */
export type ResultOf<Kind extends Task['kind']> = TaskResult & { readonly kind: Kind };
