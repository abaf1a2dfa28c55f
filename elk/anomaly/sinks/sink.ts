import type { AnomalyDocument } from './document.ts';

/** Where documents go. */
export interface Sink {
  readonly name: 'file' | 'elasticsearch';
  /** Answers, in their order, what became of each. Rejects where nobody knows: they may be written, or not. */
  write(documents: readonly AnomalyDocument[], options?: { readonly mayBeThere: boolean }): Promise<readonly Written[]>;
  close(): Promise<void>;
}

/** Written, now or before; to be tried again; or never to be taken, and why. */
export type Written = 'written' | 'later' | { readonly refused: string };

/** What every document says of itself. */
export interface About {
  readonly serviceName: string;
  readonly version: string;
  /** The machine of the detector. */
  readonly hostname: string;
}

/** As ECS has it. */
export const ecsOf = (
  { id, at, action, message, anomaly }: AnomalyDocument,
  { serviceName, version, hostname }: About,
) => ({
  '@timestamp': new Date(at).toISOString(),
  log: { level: action === 'anomaly.raised' ? 'warn' : 'info' },
  message,
  ecs: { version: '8.10.0' },
  service: { name: serviceName, version },
  host: { name: hostname },
  event: { kind: 'signal', dataset: 'clawdbot.anomaly', action },
  clawdbot: { anomaly: { id, ...anomaly } },
});
