import { isOn, METRICS, type MetricRow } from '../core/telemetry/metrics.ts';
import type { Telemetry } from '../core/telemetry/telemetry.ts';
import type { Poll } from './poll.ts';
import type { CollectorKey } from './reader.ts';
import type { Sample } from './sample.ts';

/** One poll, with what its readings come to as samples. */
export interface Source {
  readonly name: string;
  readonly poll: Pick<Poll<unknown>, 'state' | 'lastSuccess' | 'durationMs' | 'failures' | 'implausible'>;
  /** Of the latest reading while it is fresh; empty otherwise. */
  readonly samples: () => readonly Sample[];
}

/** What the process tells of itself is read elsewhere. */
const OWN: ReadonlySet<string> = new Set(['eventLoopTime', 'logDropped']);

/** Shows the samples of all sources, and how each source does, on the page. */
export const publish = (
  telemetry: Pick<Telemetry, 'gauge'>,
  sources: readonly Source[],
  more: () => readonly Sample[],
) => {
  const grouped = groupOnce(() => [
    ...sources.flatMap((source) => [...source.samples(), ...healthOf(source)]),
    ...more(),
  ]);
  // Safe: the keys of the catalogue are its keys.
  for (const [key, row] of Object.entries(METRICS) as [CollectorKey, MetricRow][]) {
    const isRead = row.kind === 'gauge' || row.observed === true;
    if (isRead && isOn('collectors', row) && !OWN.has(key)) {
      // Safe: samples are grouped by their key, and a sample's labels are those of its key.
      telemetry.gauge(key, () => (grouped().get(key) ?? []) as Sample<never>[]);
    }
  }
};

const healthOf = ({ name, poll }: Source): Sample[] => {
  const labels = { plugin: name };
  const { state, lastSuccess, durationMs, failures, implausible } = poll;
  const samples: Sample[] = [];
  if (state.kind === 'up' || state.kind === 'failing') {
    samples.push({ key: 'pluginUp', value: state.kind === 'up' ? 1 : 0, labels });
    samples.push({ key: 'pluginImplausible', value: implausible, labels });
    if (durationMs !== undefined) samples.push({ key: 'pluginReadDuration', value: durationMs / 1000, labels });
  }
  if (lastSuccess !== undefined) samples.push({ key: 'pluginLastSuccess', value: lastSuccess, labels });
  for (const [reason, count] of failures)
    samples.push({ key: 'pluginFailures', value: count, labels: { ...labels, reason } });
  return samples;
};

/** All instruments are read in one turn of the event loop: the samples are sorted for the first of them. */
const groupOnce = (collect: () => readonly Sample[]): (() => ReadonlyMap<CollectorKey, readonly Sample[]>) => {
  let groups: Map<CollectorKey, Sample[]> | undefined;
  return () => {
    if (groups !== undefined) return groups;
    const made = new Map<CollectorKey, Sample[]>();
    for (const each of collect()) {
      const group = made.get(each.key);
      if (group === undefined) made.set(each.key, [each]);
      else group.push(each);
    }
    groups = made;
    setImmediate(() => {
      groups = undefined;
    });
    return made;
  };
};
