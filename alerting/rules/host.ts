import type { RuleGroup } from './entry.ts';
import { metric, number, percent, seconds } from './promql.ts';
import { MINUTE } from './tuning.ts';

const BY_HOST = 'job, instance';
const SPACE = metric('filesystemUsage');
const COLLECTOR_LOG = { view: 'app', query: 'service.name: "clawdbot-collectors"' } as const;
const ERRORS = { view: 'app', query: 'log.level: (error or fatal)' } as const;

/** The machine and what its kernel grants us. */
export const HOST: RuleGroup = {
  name: 'host',
  about: 'The machine: room, memory, processor time and clock.',
  recordings: (tuning) => [
    {
      record: 'job_place:system_filesystem_used:ratio',
      expr:
        `sum by (${BY_HOST}, place) (${SPACE}{system_filesystem_state="used"}) / ` +
        `sum by (${BY_HOST}, place) (${SPACE}{system_filesystem_state=~"used|free"})`,
    },
    {
      record: 'job_instance:clawdbot_host_memory_stalled:ratio_rate5m',
      expr: `max by (${BY_HOST}) (rate(${metric('pressure')}{resource="memory",kind="full"}[${tuning.window(5 * MINUTE)}]))`,
    },
    {
      record: 'job_process:clawdbot_cgroup_memory_stalled:ratio_rate5m',
      expr: `max by (${BY_HOST}, clawdbot_process) (rate(${metric('cgroupPressure')}{resource="memory",kind="full"}[${tuning.window(5 * MINUTE)}]))`,
    },
    {
      record: 'job_process:clawdbot_cgroup_throttled:ratio_rate5m',
      expr: `sum by (${BY_HOST}, clawdbot_process) (rate(${metric('cgroupThrottledTime')}[${tuning.window(5 * MINUTE)}]))`,
    },
  ],
  alerts: [
    {
      name: 'DiskNearlyFull',
      severity: 'error',
      action: 'email',
      forMs: MINUTE,
      keepFiringForMs: 5 * MINUTE,
      when: ({ limits }) => [
        {
          expr: `job_place:system_filesystem_used:ratio > ${number(limits.host.diskRatio)}`,
          limit: percent(limits.host.diskRatio),
        },
      ],
      summary:
        'The disk with the folder {{ $labels.place }} on {{ $labels.instance }} is {{ $value | humanizePercentage }} full',
      description:
        '{{ $value | humanizePercentage }} is used; limit {limit}. When it is full, jobs, the audit trail and logs cannot be written, and requests are refused where `audit.onFailure` says so. ' +
        '`clawdbot models list` shows models that can go.',
      panel: 'disk',
      logs: ERRORS,
    },
    {
      name: 'MemoryPressureHigh',
      severity: 'warning',
      action: 'email',
      forMs: 2 * MINUTE,
      keepFiringForMs: 2 * MINUTE,
      when: ({ limits: { host } }) => {
        const [beyond, limit] = [`> ${number(host.memoryStalledRatio)}`, percent(host.memoryStalledRatio)];
        return [
          { expr: `job_instance:clawdbot_host_memory_stalled:ratio_rate5m ${beyond}`, limit },
          {
            ...{ expr: `job_process:clawdbot_cgroup_memory_stalled:ratio_rate5m ${beyond}`, limit },
            labels: { scope: 'cgroup' },
          },
        ];
      },
      summary: '{{ $labels.instance }} waits for memory {{ $value | humanizePercentage }} of the time',
      description:
        'All that runs there{{ with $labels.clawdbot_process }} in the control group of {{ . }}{{ end }} waited for memory {{ $value | humanizePercentage }} of five minutes; limit {limit}. A kill for lack of memory is near. ' +
        'Fewer replicas, slots or key-value cells help; a model that is mapped from disk is read again and again.',
      panel: 'memory',
      logs: COLLECTOR_LOG,
    },
    {
      name: 'OutOfMemoryKill',
      severity: 'error',
      action: 'email',
      forMs: 0,
      when: (tuning) => {
        const window = tuning.window(15 * MINUTE);
        return [
          { expr: `sum by (${BY_HOST}) (increase(${metric('oomKills')}[${window}])) >= 1`, limit: '1' },
          {
            expr: `sum by (${BY_HOST}, clawdbot_process) (increase(${metric('cgroupOomKills')}[${window}])) >= 1`,
            limit: '1',
            labels: { scope: 'cgroup' },
          },
        ];
      },
      summary: 'The kernel of {{ $labels.instance }} killed processes for lack of memory',
      description:
        '{{ $value | printf "%.0f" }} in fifteen minutes{{ with $labels.clawdbot_process }}, in the control group of {{ . }}{{ end }}; limit {limit}. `dmesg | grep -i oom` names them. ' +
        'Ours start again by themselves; without less load or more memory it happens again.',
      panel: 'memory',
      logs: ERRORS,
    },
    {
      name: 'CpuThrottled',
      severity: 'warning',
      action: 'email',
      forMs: 10 * MINUTE,
      keepFiringForMs: 5 * MINUTE,
      when: ({ limits }) => [
        {
          expr: `job_process:clawdbot_cgroup_throttled:ratio_rate5m > ${number(limits.host.throttledRatio)}`,
          limit: percent(limits.host.throttledRatio),
        },
      ],
      summary: 'The processor limit holds {{ $labels.clawdbot_process }} back on {{ $labels.instance }}',
      description:
        'Threads of its control group stood still for {{ $value | humanizePercentage }} of the time; limit {limit}. Raise the limit of the container or service, ' +
        'or lower `engines.threads` to what it grants.',
      panel: 'throttledCpu',
      logs: COLLECTOR_LOG,
    },
    {
      name: 'ClockSkewed',
      severity: 'warning',
      action: 'email',
      forMs: 2 * MINUTE,
      // The freshest reading bears the clock of the machine that made it; one that is merely late is a reader that fails.
      when: ({ limits }) => [
        {
          expr:
            `abs(max by (${BY_HOST}) (${metric('pluginLastSuccess')} - timestamp(${metric('pluginLastSuccess')}))) > ${number(limits.host.clockSkewMs / 1000)} ` +
            `and on (${BY_HOST}) max by (${BY_HOST}) (${metric('pluginUp')}) == 1`,
          limit: seconds(limits.host.clockSkewMs),
        },
      ],
      summary: 'The clock of {{ $labels.instance }} and that of Prometheus disagree',
      description:
        'By {{ $value | printf "%.0f" }} s; limit {limit}. Tokens are refused as not yet valid or expired, and times in logs mislead. `timedatectl` shows who is wrong.',
      panel: 'clock',
      logs: COLLECTOR_LOG,
    },
  ],
};
