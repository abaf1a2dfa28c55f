import type { Place } from './folder.ts';
import type { Settings } from './merge.ts';

/** Ports that stay the same while a drill lasts: what it kills comes back where it was. */
export interface Ports {
  readonly gateway: number;
  readonly actions: number;
}

const MODEL = { id: 'drill', engine: 'scripted', slots: 8, options: { reply: 'echo' } };

/** About the machine itself: what else runs or lies there must not fail a drill that is about something else. */
const MACHINE = ['DiskNearlyFull', 'MemoryPressureHigh', 'OutOfMemoryKill', 'CpuThrottled', 'ClockSkewed'];

/** What all drills share: no real model, nothing of the operator, everything on the loopback. */
export const commonSettings = ({ smi, mail, sms }: Place, ports: Ports): Settings => ({
  server: { port: ports.gateway },
  models: [MODEL],
  collectors: { port: 0, accelerators: ['nvidia-smi'], options: { 'nvidia-smi': smi.options } },
  anomaly: { port: 0 },
  alerts: { rules: Object.fromEntries(MACHINE.map((rule) => [rule, { enabled: false }])) },
  prometheus: { enabled: true, port: 0 },
  alertmanager: { enabled: true, port: 0 },
  email: { to: ['on-call@example.org'], from: 'clawdbot@example.org', smarthost: mail.smarthost, requireTls: false },
  actions: {
    port: ports.actions,
    notifiers: [provider('first', sms.first.url), provider('second', sms.second.url)],
  },
});

const provider = (id: string, url: string) => ({
  id,
  ...{ use: 'http', to: ['+8613800000000'], options: { url, json: { to: '{to}', text: '{text}' } } },
});

/** The shared model with other options; a drill that changes the model says so in its own settings. */
export const modelWith = (options: Settings, more: Settings = {}): Settings => ({
  models: [{ ...MODEL, ...more, options: { ...MODEL.options, ...options } }],
});
