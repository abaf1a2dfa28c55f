/** What one generation asks for and answers with; the same on the wire and inside the gateway. */

export interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly name?: string;
}

export type GenerationInput =
  | { readonly kind: 'chat'; readonly messages: readonly ChatMessage[] }
  | { readonly kind: 'text'; readonly prompt: string };

export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: Readonly<Record<string, unknown>> };

/** One generation, fully resolved: every default has been applied before it reaches an engine. */
export interface GenerationRequest {
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
  /** Whose request it is: what one tenant asked never speeds up another. Absent: all of them are one. */
  readonly tenant?: string;
}

export type FinishReason = 'stop' | 'length';

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Prompt tokens taken from a prefix cache instead of computed. */
  readonly cachedTokens: number;
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
