import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { ModelStatus, ReplicaStatus } from './model-status.ts';

const KINDS = ['auto', 'cpu', 'cuda', 'vulkan', 'metal', 'remote'] as const;

/** Registers on what kind of device replicas run, beside what was wanted for them. */
export const observeDevices = (telemetry: Pick<Telemetry, 'gauge'>, states: () => readonly ModelStatus[]): void =>
  telemetry.gauge('engineDevice', () =>
    states().flatMap(({ id, replicas }) => {
      const counts = Map.groupBy(replicas, (replica) => Object.values(kindsOf(replica)).join());
      return [...counts.values()].flatMap(([first, ...more]) =>
        first === undefined
          ? []
          : [{ value: 1 + more.length, labels: { 'gen_ai.request.model': id, ...kindsOf(first) } }],
      );
    }),
  );

const kindsOf = ({ wantedDevice, device }: ReplicaStatus) => ({
  wanted: wantedDevice ?? 'auto',
  actual: device === undefined ? ('none' as const) : (KINDS.find((kind) => kind === device) ?? 'auto'),
});
