/** One part of a trace, complete: what exporters get. */
export interface FinishedSpan {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'internal' | 'consumer';
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: { readonly spanId: string; readonly isRemote: boolean };
  /** Epoch milliseconds with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, SpanValue>>;
  readonly events?: readonly { readonly name: string; readonly at: number }[];
  /** It failed for a reason of ours; absent: it did not. */
  readonly isError?: boolean;
}

export type SpanValue = string | number | boolean | readonly string[];

/** Takes finished spans; synchronous, never throws, drops what does not fit. */
export type SpanSink = (spans: readonly FinishedSpan[]) => void;
