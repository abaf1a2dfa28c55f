import { type Sample, sample } from '../sample.ts';
import type { GroupReading } from './cgroup.ts';
import type { labelsOfOwner } from './owners.ts';

/** The series of a control group; what it does not tell has none. */
export const groupSamples = (group: GroupReading, labels: ReturnType<typeof labelsOfOwner>): Sample[] => {
  const values = [
    ['cgroupCpuTime', group.cpuSeconds],
    ['cgroupCpuLimit', group.cpuLimit],
    ['cgroupThrottledTime', group.throttledSeconds],
    ['cgroupThrottledPeriods', group.throttledPeriods],
    ['cgroupMemoryUsage', group.memoryBytes],
    ['cgroupMemoryLimit', group.memoryLimit],
    ['cgroupOomKills', group.oomKills],
  ] as const;
  return [
    ...values.flatMap(([key, value]): Sample[] => (value === undefined ? [] : [sample(key, value, labels)])),
    ...group.stalls.map(({ resource, kind, seconds }) =>
      sample('cgroupPressure', seconds, { ...labels, resource, kind }),
    ),
  ];
};
