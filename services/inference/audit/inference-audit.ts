import type { AuditTrail } from '../../../core/audit/trail.ts';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { Caller, GenerationCall } from '../call.ts';
import type { Flow } from '../flow.ts';
import type { ContentKeeper } from './content.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { InferenceFacts, type ModelOrigin, type RedactionNote } from './facts.ts';
import type { PromptHash } from './prompt-hash.ts';
import { actionOf, callerFields, type Ending, factFields, nanoseconds, outcomeOf } from './record.ts';
import { createRepeats, MANY } from './repeats.ts';
import { type Use, useOf } from './use.ts';
import { watchFlow } from './watch-flow.ts';

/** What a request used, as its access line tells it; absent: not known. */
export interface Used {
  readonly model?: string;
  readonly promptTokens?: number;
  readonly completionTokens?: number;
  readonly cachedTokens?: number;
}

/** What the server knows of a request when its last byte was sent or the client left. */
export interface EndedRequest {
  readonly requestId: string;
  /** Template of the route, never the path. */
  readonly route: string;
  readonly address: string;
  /** True for the routes that let a model work. */
  readonly isInference: boolean;
  readonly isGone: boolean;
  readonly caller: Caller | undefined;
  readonly access: { readonly errorCode?: ErrorCode; readonly jobId?: string } | undefined;
  readonly status: number;
  readonly durationMs: number;
}

/** A request that is to become a job. */
export interface Submitted {
  readonly requestId: string;
  readonly payload: { readonly request: GenerationCall['request']; readonly scenario?: string };
}

interface Deps {
  readonly trail: Pick<AuditTrail, 'append' | 'check'>;
  readonly promptHash: PromptHash;
  readonly originOf: (modelId: string) => ModelOrigin | undefined;
  /** Absent: no prompt and no answer is kept. */
  readonly content?: ContentKeeper | undefined;
  /** Told of every inference of a known credential, whether its record can be written or not. */
  readonly count: (use: Use) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

type Asking = Pick<GenerationCall, 'requestId' | 'scenario'>;
type Fields = Readonly<Record<string, unknown>>;

/** A request that is under way. */
interface Entry {
  readonly facts: InferenceFacts;
  readonly said: Conversation | undefined;
}

/** Observes the arrow and the server, and writes one record for each inference, accepted or refused. */
export class InferenceAudit {
  readonly #deps: Deps;
  readonly #open = new Map<string, Entry>();
  /** Apart, because a job may run before the request that brought it has its answer. */
  readonly #runs = new Map<string, Entry>();
  readonly #repeats: ReturnType<typeof createRepeats>;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#repeats = createRepeats({
      onRepeated: ({ address, errorCode, count }) =>
        deps.trail.append('access.refused_repeatedly', {
          'event.outcome': 'failure',
          'error.code': errorCode,
          ...(address === MANY ? {} : { 'client.ip': address }),
          'labels.count': count,
        }),
    });
  }

  /** Throws ERR_AUDIT_UNAVAILABLE where nothing may be done without a record. */
  readonly check = (): void => {
    this.#deps.trail.check();
    this.#deps.content?.check();
  };

  /** Wraps the arrow for requests that a client waits for; their record is written by `ended`. */
  observeRequests(flow: Flow): Flow {
    const end = () => undefined;
    return this.#observe(flow, (call) => ({ ...this.#entryOf(call), end }));
  }

  /** Wraps the arrow for jobs; each run is a record. */
  observeJobs(flow: Flow): Flow {
    const { now } = this.#deps;
    return this.#observe(flow, (call) => {
      const entry = this.#newEntry(call);
      this.#runs.set(call.requestId, entry);
      const startedAt = now();
      const end = (isGone: boolean): void => {
        if (this.#runs.get(call.requestId) === entry) this.#runs.delete(call.requestId);
        const { keyId, address } = call.caller;
        const how = { 'labels.origin': 'job', 'event.duration': nanoseconds(now() - startedAt) };
        const ending = { errorCode: entry.facts.errorCode, isGone, isJob: false };
        this.#deps.count(useOf(call.caller, entry.facts, ending));
        this.#write(entry, ending, { ...callerFields(keyId, address), ...how });
      };
      return { ...entry, end };
    });
  }

  /** Before a job is stored. */
  submitting({ requestId, payload }: Submitted): void {
    this.check();
    const { facts } = this.#entryOf({ requestId, scenario: payload.scenario });
    facts.promptHashes.add(this.#deps.promptHash(payload.request.input));
  }

  /** What was redacted in a request that is under way; absent from its record where nobody says so. */
  noteRedaction(requestId: string, note: RedactionNote): void {
    const entry = this.#runs.get(requestId) ?? this.#open.get(requestId);
    if (entry !== undefined) entry.facts.redaction = note;
  }

  /** The server is done with a request. */
  ended(request: EndedRequest): Used | undefined {
    const { requestId, isInference, isGone, caller, access } = request;
    const errorCode = access?.errorCode;
    const open = this.#open.get(requestId);
    if (open !== undefined) this.#open.delete(requestId);
    const isWritten = isRecorded(request, errorCode) && this.#isWorthRecord(request, errorCode);
    if (!isInference) {
      if (isWritten) this.#deps.trail.append('access.refused', refusalFields(request, errorCode));
      return undefined;
    }
    // What a flood consists of: it asked nothing, is nobody's use and has its record.
    if (open === undefined && caller === undefined && !isWritten) return undefined;
    const entry = open ?? this.#newEntry({ requestId, scenario: undefined });
    entry.facts.jobId = access?.jobId;
    const ending = { errorCode, isGone, isJob: entry.facts.jobId !== undefined };
    if (caller !== undefined) this.#deps.count(useOf(caller, entry.facts, ending));
    if (isWritten) this.#write(entry, ending, requestFields(request));
    return open === undefined ? undefined : usedBy(entry.facts);
  }

  async stop(): Promise<void> {
    this.#repeats.stop();
    await this.#deps.content?.stop();
  }

  #observe(flow: Flow, begin: Parameters<typeof watchFlow>[1]['begin']): Flow {
    return watchFlow(flow, { check: this.check, promptHash: this.#deps.promptHash, begin });
  }

  /** One request may call the arrow several times. */
  #entryOf(asking: Asking): Entry {
    const open = this.#open.get(asking.requestId);
    if (open !== undefined) return open;
    const entry = this.#newEntry(asking);
    this.#open.set(asking.requestId, entry);
    return entry;
  }

  #newEntry(asking: Asking): Entry {
    const said = this.#deps.content === undefined ? undefined : createConversation();
    return { facts: new InferenceFacts(asking), said };
  }

  /** Of refusals that nobody with a credential caused, not every one has a record of its own. */
  #isWorthRecord({ caller, address }: EndedRequest, errorCode: string | undefined): boolean {
    return caller !== undefined || errorCode === undefined || this.#repeats.isWorthRecord(address, errorCode);
  }

  #write({ facts, said }: Entry, ending: Ending, fields: Fields): void {
    const { trail, content, originOf } = this.#deps;
    const action = actionOf(ending);
    const record: Record<string, unknown> = {
      'event.outcome': outcomeOf(action),
      'http.request.id': facts.requestId,
      ...fields,
      ...factFields(facts, facts.model === undefined ? undefined : originOf(facts.model)),
      'error.code': ending.errorCode,
    };
    const append = (labels?: Fields) =>
      trail.append(`inference.${action}`, labels === undefined ? record : { ...record, ...labels });
    if (content === undefined || said === undefined || said.asked.length === 0) return append();
    const owner = { keyId: String(record['user.id'] ?? ''), requestId: facts.requestId };
    content.keep(said, owner, append);
  }
}

const usedBy = ({ model, inputTokens, completionTokens, cachedTokens }: InferenceFacts): Used => ({
  ...(model === undefined ? {} : { model }),
  ...(inputTokens === undefined ? {} : { promptTokens: inputTokens }),
  ...(completionTokens === undefined ? {} : { completionTokens }),
  ...(cachedTokens === undefined ? {} : { cachedTokens }),
});

/** While nothing can be written, the refusals of that time are counted by the trail itself. */
const isRecorded = ({ isInference }: EndedRequest, errorCode: string | undefined): boolean =>
  errorCode !== 'ERR_AUDIT_UNAVAILABLE' && (isInference || errorCode?.startsWith('ERR_AUTH_') === true);

const requestFields = (request: EndedRequest): Record<string, unknown> => {
  const { requestId, caller, address, route, status, durationMs } = request;
  return {
    'http.request.id': requestId,
    'http.response.status_code': status,
    ...callerFields(caller?.keyId, address),
    'labels.route': route,
    'event.duration': nanoseconds(durationMs),
  };
};

const refusalFields = (request: EndedRequest, errorCode: string | undefined): Record<string, unknown> => ({
  'event.outcome': 'failure',
  'error.code': errorCode,
  ...requestFields(request),
});
