import type { RuleGroup } from './entry.ts';
import { BY_DEVICE, BY_MODEL, metric, number, percent } from './promql.ts';
import { HOUR, MINUTE, SECOND, type Tuning } from './tuning.ts';

const ANY = 'hw_type=~"gpu|npu"';
const CORE_TEMPERATURE = `${metric('temperature')}{${ANY},hw_sensor_location!="memory"}`;
/** What the device does to protect itself, not what an idle or power-capped one does by design. */
const HARMFUL = 'hw_slowdown|sw_thermal|hw_thermal|hw_power_brake';
const COLLECTOR_LOG = {
  view: 'app',
  query: 'service.name: "clawdbot-collectors" and log.level: (warn or error)',
} as const;
const WHERE = '{{ $labels.hw_type }} {{ $labels.hw_id }} on {{ $labels.instance }}';

/** GPUs and NPUs; the temperature is one of the three tiers. */
export const ACCELERATORS: RuleGroup = {
  name: 'accelerators',
  about: 'GPUs and NPUs alike: held back, full, broken or gone. Their temperature is one of the three tiers.',
  recordings: () => [
    {
      record: 'job_device:hw_gpu_memory_usage_bytes:ratio',
      expr: `max by (${BY_DEVICE}) (${metric('gpuMemoryUsage')}) / max by (${BY_DEVICE}) (${metric('gpuMemoryLimit')})`,
    },
  ],
  alerts: [
    {
      name: 'AcceleratorThrottled',
      severity: 'error',
      action: 'email',
      forMs: 15 * SECOND,
      keepFiringForMs: 5 * MINUTE,
      when: (tuning) => [
        {
          expr: `max by (${BY_DEVICE}, reason) (${metric('throttled')}{reason=~"${HARMFUL}"}) == 1`,
          limit: tuning.lasting(15 * SECOND),
        },
      ],
      summary: `${WHERE} slows itself down: {{ $labels.reason }}`,
      description:
        'It holds its clocks down ({{ $labels.reason }}) for longer than the limit of {limit}; answers get slower. ' +
        'Thermal: fans and air. Power brake and slowdown: the power supply and its cables.',
      panel: 'throttling',
      logs: COLLECTOR_LOG,
    },
    {
      name: 'AcceleratorMemoryErrors',
      severity: 'error',
      action: 'email',
      forMs: 0,
      when: (tuning) => [
        memoryErrors('ecc_uncorrected', 1, tuning),
        memoryErrors('ecc_corrected', tuning.limits.accelerators.correctedErrors, tuning),
      ],
      summary: `Memory errors of ${WHERE}`,
      description:
        '{{ $value | printf "%.0f" }} errors of the kind {{ $labels.error_type }} in an hour; limit {limit}. An uncorrected one has ended the work it hit, and answers ' +
        'computed then may be wrong. `nvidia-smi -q -d ECC,ROW_REMAPPER` tells whether a reset repairs it.',
      panel: 'deviceErrors',
      logs: COLLECTOR_LOG,
    },
    {
      name: 'AcceleratorRepairNeeded',
      severity: 'warning',
      action: 'email',
      forMs: MINUTE,
      when: (tuning) => [
        {
          expr:
            `max by (${BY_DEVICE}) (${metric('memoryRepair')}) == 1 ` +
            `or max by (${BY_DEVICE}) (${metric('recovery')}{action!="none"}) == 1`,
          limit: tuning.lasting(MINUTE),
        },
      ],
      summary: `${WHERE} waits for a repair`,
      description:
        'Its driver says that it must be reset or the machine restarted, or that a repair of its memory is due, for longer than the limit of {limit}. ' +
        'Drain the machine and do it in a quiet hour; until then it may fail.',
      panel: 'deviceErrors',
      logs: COLLECTOR_LOG,
    },
    {
      name: 'AcceleratorXid',
      severity: 'error',
      action: 'email',
      forMs: 0,
      when: (tuning) => [
        {
          expr: `sum by (${BY_DEVICE}) (increase(${metric('hwErrors')}{error_type="xid"}[${tuning.window(15 * MINUTE)}])) >= 1`,
          limit: '1',
        },
      ],
      summary: `The driver logged errors (XID) of ${WHERE}`,
      description:
        '{{ $value | printf "%.0f" }} in fifteen minutes; limit {limit}. `dmesg | grep Xid` names the code: 48, 63, 64, 94 and 95 are its memory, 79 that it fell off the bus, ' +
        '13, 31 and 43 mostly the program.',
      panel: 'deviceErrors',
      logs: COLLECTOR_LOG,
    },
    {
      name: 'AcceleratorMemoryNearlyFull',
      severity: 'warning',
      action: 'email',
      forMs: 10 * MINUTE,
      keepFiringForMs: 5 * MINUTE,
      when: ({ limits }) => [
        {
          expr: `job_device:hw_gpu_memory_usage_bytes:ratio > ${number(limits.accelerators.memoryRatio)}`,
          limit: percent(limits.accelerators.memoryRatio),
        },
      ],
      summary: `The memory of ${WHERE} is nearly full`,
      description:
        '{{ $value | humanizePercentage }} of its memory is used; limit {limit}. The next model or longer prompt may not fit. ' +
        '`clawdbot models list` says what each model takes; others on the device show in `nvidia-smi`.',
      panel: 'deviceMemory',
      logs: COLLECTOR_LOG,
    },
    {
      name: 'AcceleratorFanFailed',
      severity: 'error',
      action: 'email',
      forMs: MINUTE,
      keepFiringForMs: 5 * MINUTE,
      when: ({ limits: { accelerators } }) => [
        {
          expr:
            `max by (${BY_DEVICE}) (${metric('fanSpeed')}) < ${number(accelerators.fanRatio)} ` +
            `and on (${BY_DEVICE}) max by (${BY_DEVICE}) (${CORE_TEMPERATURE}) > ${number(accelerators.fanCelsius)}`,
          limit: `${percent(accelerators.fanRatio)} at ${number(accelerators.fanCelsius)} °C`,
        },
      ],
      summary: `The fan of ${WHERE} stands still although it is hot`,
      description:
        'The fan is told {{ $value | humanizePercentage }} of its speed; limit {limit}. It will throttle, then switch itself off. ' +
        'Take load from it: `clawdbot models unload`, or stop the engines; then look at the fan.',
      panel: 'temperature',
      logs: COLLECTOR_LOG,
    },
    {
      name: 'AcceleratorLost',
      severity: 'error',
      action: 'email',
      forMs: 30 * SECOND,
      when: (tuning) => [
        { expr: withoutDevice(), limit: tuning.lasting(30 * SECOND) },
        {
          expr: `max by (${BY_DEVICE}) (${metric('hwStatus')}{hw_state="failed"}) == 1`,
          limit: tuning.lasting(30 * SECOND),
          labels: { device: 'failed' },
        },
      ],
      summary:
        '{{ if $labels.hw_id }}{{ $labels.hw_type }} {{ $labels.hw_id }} is gone or failed{{ else }}{{ $labels.gen_ai_request_model }} wanted {{ $labels.wanted }} and does not have it{{ end }}',
      description:
        '{{ if $labels.hw_id }}The collectors saw the device before, and now it fails or is gone{{ else }}{{ $value }} replicas of {{ $labels.gen_ai_request_model }} wanted ' +
        '{{ $labels.wanted }} and got {{ $labels.actual }}{{ end }}, for longer than the limit of {limit}. `nvidia-smi` says whether the driver still sees it; replicas start again when it is back.',
      panel: 'devices',
      logs: { view: 'app', query: 'error.code: "ERR_ROUTE_DEVICE" or event.action: "nvidia_smi.devices_changed"' },
    },
  ],
};

/** While a replica loads it has no device yet: that one counts only when the model has failed. */
function withoutDevice(): string {
  const by = `${BY_MODEL}, wanted, actual`;
  const replicas = (actual: string) =>
    `sum by (${by}) (${metric('engineDevice')}{wanted!~"auto|cpu",actual="${actual}"}) > 0`;
  const failed = `max by (${BY_MODEL}) (${metric('modelState')}{state="failed"}) == 1`;
  return `${replicas('cpu')} or (${replicas('none')} and on (${BY_MODEL}) ${failed})`;
}

function memoryErrors(type: string, limit: number, tuning: Tuning) {
  const window = tuning.window(HOUR);
  return {
    expr: `sum by (${BY_DEVICE}, error_type) (increase(${metric('hwErrors')}{error_type="${type}"}[${window}])) >= ${limit}`,
    limit: `${limit}`,
    labels: { error_type: type },
  };
}
