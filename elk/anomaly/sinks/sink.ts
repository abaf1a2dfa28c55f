import type { AnomalyDocument } from './document.ts';

/** Where documents go. */
export interface Sink {
  readonly name: 'file' | 'elasticsearch';
  /** Rejects where it could not be written. */
  write(document: AnomalyDocument): Promise<void>;
  close(): Promise<void>;
}

/** What every document says of itself. */
export interface About {
  readonly serviceName: string;
  readonly version: string;
}

/** As ECS has it. */
export const ecsOf = ({ id, at, action, message, anomaly }: AnomalyDocument, { serviceName, version }: About) => ({
  '@timestamp': new Date(at).toISOString(),
  log: { level: action === 'anomaly.raised' ? 'warn' : 'info' },
  message,
  ecs: { version: '8.10.0' },
  service: { name: serviceName, version },
  event: { kind: 'signal', dataset: 'clawdbot.anomaly', action },
  clawdbot: { anomaly: { id, ...anomaly } },
});
