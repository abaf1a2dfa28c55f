import { type Sample, sample } from '../sample.ts';

/** The loopback, and what machines and containers inside this one are connected with. */
const NOT_OURS = /^(lo|veth|cali|cni|flannel|br-|docker|virbr|tap|tun|ifb|dummy|sit|ip6tnl|gre|bonding_masters)/;
const MOST_INTERFACES = 32;
/** Eight in each direction; a row of fewer was cut. */
const COLUMNS = 16;

/** Counters of the network interfaces, from `/proc/net/dev`. */
export const networkSamples = (dev: string): Sample[] =>
  dev
    .split('\n')
    .flatMap((line) => {
      const [, name, numbers] = /^\s*([^\s:]+):\s*(.+)$/.exec(line) ?? [];
      return name === undefined || numbers === undefined || NOT_OURS.test(name) ? [] : [{ name, numbers }];
    })
    .slice(0, MOST_INTERFACES)
    .flatMap(({ name, numbers }) => {
      const counts = numbers.trim().split(/\s+/).map(Number);
      if (counts.length < COLUMNS) return [];
      return (
        [
          ['receive', 0],
          ['transmit', 8],
        ] as const
      ).flatMap(([direction, first]): Sample[] => {
        const labels = { 'network.interface.name': name, 'network.io.direction': direction };
        return [
          sample('networkIo', counts[first] ?? 0, labels),
          sample('networkErrors', counts[first + 2] ?? 0, labels),
          sample('networkDropped', counts[first + 3] ?? 0, labels),
        ];
      });
    });
