import { setTimeout as sleep } from 'node:timers/promises';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { GatewayView } from '../action.ts';

interface Deps {
  readonly telemetry: Pick<Telemetry, 'gauge'>;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
  readonly everyMs?: number;
}

const EVERY_MS = 2000;
/** A gateway that takes longer to say whether it is ready is not. */
const TIMEOUT_MS = 2000;
/** Older than this, an answer says nothing of now. */
const FRESH_MS = 10_000;
const RESULTS = ['ready', 'not_ready', 'unreachable'] as const;

/** Asks the gateway again and again whether it is ready: the second opinion of the alert that wakes people. */
export const watchGateway = (
  gateway: Pick<GatewayView, 'probe'>,
  { telemetry, now = () => performance.now(), everyMs = EVERY_MS }: Deps,
): { stop(): Promise<void> } => {
  const stopping = new AbortController();
  let latest: { readonly result: (typeof RESULTS)[number]; readonly at: number } | undefined;
  telemetry.gauge('gatewayProbe', () =>
    latest === undefined || now() - latest.at > FRESH_MS
      ? []
      : RESULTS.map((result) => ({ value: latest?.result === result ? 1 : 0, labels: { result } })),
  );
  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const result = await gateway.probe(AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]));
      latest = { result, at: now() };
      await sleep(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  };
  const watching = watch();
  return {
    async stop() {
      stopping.abort();
      await watching;
    },
  };
};
