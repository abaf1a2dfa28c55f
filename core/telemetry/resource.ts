import { randomUUID } from 'node:crypto';
import { resourceFromAttributes } from '@opentelemetry/resources';

/** Which process it is that all telemetry is about. */
export interface Identity {
  readonly serviceName: string;
  readonly version: string;
  readonly environment?: string | undefined;
  /** One life of one process. */
  readonly instanceId: string;
}

/** A new life of a process. */
export const newIdentity = (about: Omit<Identity, 'instanceId'>): Identity => ({ ...about, instanceId: randomUUID() });

/** Written out, because the default detectors also publish the command line, the user and the host id. */
export const resourceOf = ({ serviceName, version, environment, instanceId }: Identity) =>
  resourceFromAttributes({
    'service.name': serviceName,
    'service.version': version,
    'service.instance.id': instanceId,
    ...(environment === undefined ? {} : { 'deployment.environment.name': environment }),
  });
