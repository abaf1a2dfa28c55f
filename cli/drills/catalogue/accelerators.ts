import type { Drill } from '../drill.ts';
import { pause } from '../stack/wait.ts';

const COOL = '55';
const HOT = '83';
/** The bit of nvidia-smi for «slowed down by hardware because of heat». */
const HW_THERMAL = '0x0000000000000040';
/** In the fast profile, whose whole day is so short. */
const FAST_STEADY_MS = 30_000;

/** Accelerators, told by a fake nvidia-smi. */
export const ACCELERATORS: readonly Drill[] = [
  {
    name: 'gpu-hot',
    about: 'Two GPUs are at 83 °C. An e-mail for each says so, and another one when they have cooled down.',
    inject: async ({ smi }) => smi.set({ cells: { 'temperature.gpu': HOT } }),
    recover: async ({ smi }) => smi.set({ cells: { 'temperature.gpu': COOL } }),
    alerts: ['AcceleratorTemperatureHigh'],
    barMs: 100_000,
    told: [{ by: 'mail', alert: 'AcceleratorTemperatureHigh' }],
    cleared: [{ by: 'mail', alert: 'AcceleratorTemperatureHigh', isOver: true }],
  },
  {
    name: 'gpu-steady',
    about:
      'One GPU stays at 83 °C while its service is reconfigured and loses an engine. That is one e-mail, not many.',
    requestsPerSecond: 5,
    settings: ({ smi }) => {
      smi.set({ gpus: 1 });
      return {};
    },
    inject: async ({ smi }) => smi.set({ cells: { 'temperature.gpu': HOT } }),
    async meanwhile({ profile, minutes, signal, mail, configure, signalTo }) {
      const steadyMs = profile.name === 'fast' ? FAST_STEADY_MS : minutes * 60_000;
      await pause(steadyMs / 3, signal);
      configure({ limits: { queue: 300 } });
      await pause(steadyMs / 3, signal);
      signalTo('engine', 'SIGKILL');
      await pause(steadyMs / 3, signal);
      signal.throwIfAborted();
      const subjects = mail.messages.map(({ subject }) => `«${subject}»`);
      if (subjects.length !== 1) throw new Error(`one e-mail was expected, and these came: ${subjects.join(', ')}`);
      return [`${steadyMs / 1000} s hot, ${mail.messages.length} e-mail`];
    },
    recover: async ({ smi }) => smi.set({ cells: { 'temperature.gpu': COOL } }),
    alerts: ['AcceleratorTemperatureHigh'],
    told: [{ by: 'mail', alert: 'AcceleratorTemperatureHigh' }],
    cleared: [{ by: 'mail', alert: 'AcceleratorTemperatureHigh', isOver: true }],
    log: { of: 'gateway', action: 'config.reloaded' },
  },
  {
    name: 'gpu-lost',
    about: 'A GPU falls off the bus: its driver says «GPU is lost». An e-mail says which.',
    inject: async ({ smi }) => smi.set({ fault: 'lost' }),
    recover: async ({ smi }) => smi.heal(),
    alerts: ['AcceleratorLost'],
    told: [{ by: 'mail', alert: 'AcceleratorLost' }],
    cleared: [{ by: 'mail', alert: 'AcceleratorLost', isOver: true }],
  },
  {
    name: 'gpu-throttled',
    about:
      'A GPU slows itself down because it is too hot: that has an alert of its own, faster than the one about degrees.',
    inject: async ({ smi }) =>
      smi.set({ cells: { 'temperature.gpu': COOL, 'clocks_event_reasons.active': HW_THERMAL } }),
    recover: async ({ smi }) => smi.set({ cells: { 'temperature.gpu': COOL } }),
    alerts: ['AcceleratorThrottled'],
    told: [{ by: 'mail', alert: 'AcceleratorThrottled' }],
    cleared: [{ by: 'mail', alert: 'AcceleratorThrottled', isOver: true }],
  },
  {
    name: 'driver-gone',
    about:
      'nvidia-smi hangs and answers nothing any more. No old value is shown, and an e-mail says that the GPUs are not seen.',
    inject: async ({ smi }) => smi.set({ fault: 'hang' }),
    recover: async ({ smi }) => smi.heal(),
    alerts: ['TelemetryMissing'],
    told: [{ by: 'mail', alert: 'TelemetryMissing' }],
    cleared: [{ by: 'mail', alert: 'TelemetryMissing', isOver: true }],
    log: { of: 'collectors', action: 'collector.failed' },
  },
];
