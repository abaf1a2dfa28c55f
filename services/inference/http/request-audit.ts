import type { Exchange } from './exchange.ts';

/** A request whose last byte was sent or whose client left. */
export type EndedRequest = Pick<
  Exchange,
  'requestId' | 'route' | 'address' | 'isInference' | 'isGone' | 'caller' | 'access'
> & { readonly status: number; readonly durationMs: number };

/** What the server asks of the `audit` stage; that folder keeps the promise. */
export interface RequestAudit {
  /** Throws while nothing may be done without a record. */
  check(): void;
  ended(request: EndedRequest): void;
}
