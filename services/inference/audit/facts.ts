import type { ErrorCode } from '../../../core/errors/codes.ts';
import { toServiceError } from '../../../core/errors/service-error.ts';
import type { Call, Computed, GenerationEvent } from '../call.ts';

/** What changes private data on its way, as far as a record tells: never what was found. */
export interface RedactionNote {
  readonly policyVersion: string;
  /** How often each rule applied, both directions together. */
  readonly redactions: Readonly<Record<string, number>>;
}

/** What is known of where a model's answers come from; what is not known is absent. */
export interface ModelOrigin {
  /** SHA-256 of its files. */
  readonly hashes?: readonly string[];
  /** SHA-256 of its adapters by their id. */
  readonly adapters?: Readonly<Record<string, string>>;
  /** `local`, or the host the prompt is sent to. */
  readonly destination: string;
}

/** What one request made the models do, put together while it runs. */
export class InferenceFacts {
  readonly requestId: string;
  readonly scenario: string | undefined;
  readonly promptHashes = new Set<string>();
  readonly adapters = new Set<string>();
  operation = 'chat';
  model: string | undefined;
  cache: string | undefined;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  cachedTokens: number | undefined;
  errorCode: ErrorCode | undefined;
  redaction: RedactionNote | undefined;
  jobId: string | undefined;

  constructor({ requestId, scenario }: Pick<Call, 'requestId' | 'scenario'>) {
    this.requestId = requestId;
    this.scenario = scenario;
  }

  see(event: GenerationEvent): void {
    if (event.type === 'accepted') {
      this.model = event.model;
      this.cache = event.cache;
      if (event.promptTokens !== null) this.#addInput(event.promptTokens);
    } else if (event.type === 'finished') this.#settle(event);
    else if (event.type !== 'ended') this.#streamed += event.tokens;
  }

  seeComputed(computed: Computed): void {
    this.model = computed.model;
    if ('promptTokens' in computed) this.#addInput(computed.promptTokens);
  }

  fail(error: unknown): void {
    this.errorCode = toServiceError(error).code;
  }

  /** Tokens of an answer that ended early are those that were seen of it. */
  get completionTokens(): number | undefined {
    return this.#streamed === 0 ? this.outputTokens : (this.outputTokens ?? 0) + this.#streamed;
  }

  #streamed = 0;
  #accepted = 0;

  #addInput(tokens: number): void {
    this.#accepted = tokens;
    this.inputTokens = (this.inputTokens ?? 0) + tokens;
  }

  // A request may ask several times, so what an answer used is added to what those before it did.
  #settle({ usage }: GenerationEvent & { type: 'finished' }): void {
    this.inputTokens = (this.inputTokens ?? 0) - this.#accepted + usage.promptTokens;
    this.#accepted = 0;
    this.outputTokens = (this.outputTokens ?? 0) + usage.completionTokens;
    this.cachedTokens = (this.cachedTokens ?? 0) + usage.cachedTokens;
    this.#streamed = 0;
  }
}
