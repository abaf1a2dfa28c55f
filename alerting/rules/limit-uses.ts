import type { Recording } from './entry.ts';
import { metric, number } from './promql.ts';
import { recorded } from './series.ts';
import type { Tuning } from './tuning.ts';

const SECONDS_PER_DAY = 86_400;

/** How much of the limit of an alert is used, the worst of each job: 1 is where the alert begins. */
const uses = (tuning: Tuning): Readonly<Record<string, string>> => {
  const { requests, engines, accelerators, host, expiry, telemetry } = tuning.limits;
  const left = (of: 'certificateExpiry' | 'apiKeyExpiry') => `(${metric(of)} - time())`;
  return {
    'time-outs': `${recorded('timeoutRatio')} / ${number(requests.timeoutRatio)}`,
    queue: `${recorded('queueRatio')} / ${number(requests.queueRatio)}`,
    'first token': `${recorded('firstTokenP95')} / ${number(requests.firstTokenMs / 1000)}`,
    'turned away': `${recorded('refusedRatio')} / ${number(requests.refusedRatio)}`,
    'oldest job': `${metric('jobsOldestAge')} / ${number(requests.jobAgeMs / 1000)}`,
    'engine restarts': `${recorded('restartsIn15m')} / ${engines.restarts}`,
    'accelerator heat': heat(tuning),
    'accelerator memory': `${recorded('deviceMemoryRatio')} / ${number(accelerators.memoryRatio)}`,
    disk: `${recorded('diskRatio')} / ${number(host.diskRatio)}`,
    'waiting for memory': `${recorded('hostMemoryStalled')} / ${number(host.memoryStalledRatio)}`,
    'processor limit': `${recorded('cgroupThrottled')} / ${number(host.throttledRatio)}`,
    'lag of logs': `${metric('logsPipelineLag')} / ${number(telemetry.logLagMs / 1000)}`,
    certificate: `${expiry.certificateDays * SECONDS_PER_DAY} / (${left('certificateExpiry')} > 0)`,
    'API key': `${expiry.apiKeyDays * SECONDS_PER_DAY} / (${left('apiKeyExpiry')} > 0)`,
  };
};

/** A device with a limit of its own is measured by that. */
const heat = ({ limits: { accelerators } }: Tuning): string => {
  const series = (matcher: string) =>
    `${metric('temperature')}{hw_type=~"gpu|npu",hw_sensor_location!="memory"${matcher}}`;
  const own = Object.entries(accelerators.devices).flatMap(([id, { temperatureCelsius }]) =>
    temperatureCelsius === undefined ? [] : [`${series(`,hw_id="${id}"`)} / ${number(temperatureCelsius)}`],
  );
  return [...own, `${series('')} / ${number(accelerators.temperatureCelsius)}`].join(' or ');
};

export const limitUses = (tuning: Tuning): readonly Recording[] =>
  Object.entries(uses(tuning)).map(([limit, expr]) => ({
    record: recorded('limitUse'),
    expr: `max by (job) (${expr})`,
    labels: { limit },
  }));
