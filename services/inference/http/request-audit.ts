import type { AccessFields, Exchange } from './exchange.ts';

/** A request whose last byte was sent or whose client left. */
export type EndedRequest = Pick<
  Exchange,
  'requestId' | 'route' | 'address' | 'isInference' | 'isGone' | 'caller' | 'access'
> & { readonly status: number; readonly durationMs: number };

/** Absent: not known. */
export type Used = Pick<AccessFields, 'model' | 'promptTokens' | 'completionTokens' | 'cachedTokens'>;

/** What the server asks of the `audit` stage; that folder keeps the promise. */
export interface RequestAudit {
  /** Throws while nothing may be done without a record. */
  check(): void;
  /** Answers what the request used, also where it ended early. */
  ended(request: EndedRequest): Used | undefined;
}
