/** Every drill, in the order of the catalogue of drills: here, so that its name can be a label of a metric. */
export const DRILL_NAMES = [
  'gpu-hot',
  'gpu-steady',
  'gpu-lost',
  'gpu-throttled',
  'driver-gone',
  'gateway-killed',
  'scrape-refused',
  'config-rejected',
  'engine-killed',
  'engine-crash-loop',
  'decode-wedged',
  'engine-slow',
  'queue-flood',
  'engine-fallen-back',
  'redactor-failing',
  'callbacks-failing',
  'disk-nearly-full',
  'log-disk-full',
  'certificate-ending',
  'certificate-ended',
  'memory-kill',
  'collectors-stopped',
  'elasticsearch-down',
  'prometheus-stopped',
  'alertmanager-stopped',
  'actions-stopped',
  'mail-down',
  'sms-down',
  'overload',
  'overload-no-room',
  'healthy',
] as const;

export type DrillName = (typeof DRILL_NAMES)[number];

/** How long everything takes in a drill; see cli/drills/profile.ts. */
export const DRILL_PROFILES = ['fast', 'real'] as const;

export type DrillProfile = (typeof DRILL_PROFILES)[number];

export const DRILL_OUTCOMES = ['passed', 'failed', 'skipped'] as const;
