import { z } from 'zod';
import { milliseconds, name, setting } from './setting.ts';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

const clockTime = z
  .string()
  .regex(/^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/)
  .meta({ expected: 'a time from "00:00" to "24:00", in quotes' });

const isTimeZone = (zone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return zone === 'Local';
  }
};

/** How the notifications of one receiver are paced. */
const pace = (waitMs: number, intervalMs: number, repeatMs: number) =>
  z
    .strictObject({
      groupWaitMs: setting(milliseconds().default(waitMs), 'Wait before the first message of a new group.'),
      groupIntervalMs: setting(
        milliseconds(100).default(intervalMs),
        'Wait before a message about what changed in the group.',
      ),
      repeatIntervalMs: setting(
        milliseconds(100).default(repeatMs),
        'Time after which an alert that still fires is told again, rounded up to `groupIntervalMs`.',
      ),
    })
    .prefault({});

const muteTime = z.strictObject({
  name: setting(name, 'What it is called.'),
  weekdays: setting(
    z
      .array(z.enum(DAYS))
      .min(1)
      .default([...DAYS]),
    'Days on which it begins.',
  ),
  from: setting(clockTime.default('00:00'), 'When it begins.'),
  to: setting(clockTime.default('24:00'), 'When it ends; at or before `from`: on the next day.'),
  location: setting(
    z
      .string()
      .refine(isTimeZone)
      .meta({ expected: 'a time zone such as Asia/Shanghai, UTC or Local' })
      .default('Local'),
    'Time zone; Local: that of the machine.',
  ),
  severities: setting(
    z
      .array(z.enum(['warning', 'error']))
      .min(1)
      .default(['warning']),
    'Alerts whose e-mail waits for its end; critical ones, SMS and what the service does by itself never wait.',
  ),
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The Alertmanager of the supervisor. */
export const alertmanager = z.strictObject({
  enabled: setting(
    z.union([z.literal('auto'), z.boolean()]).default('auto'),
    'Whether `clawdbot up` starts an Alertmanager: auto where the program is on this machine; true warns where it is not.',
  ),
  port: setting(
    z.union([z.literal('auto'), z.int().min(0).max(65535)]).default('auto'),
    'Its port on the loopback; auto: 9093, or 9466 where another program has that; 0 picks a free one.',
  ),
  retentionHours: setting(
    z.int().min(48).max(87_600).default(120),
    'Hours that silences which have ended, and what was sent, are remembered.',
  ),
  heartbeatMs: setting(
    milliseconds(1000).default(MINUTE),
    'Time between two signs of life (`Watchdog`) to the actions service.',
  ),
  email: pace(10_000, 5 * MINUTE, 4 * HOUR),
  temperature: pace(10_000, 5 * MINUTE, 24 * HOUR),
  autoscale: pace(0, 30_000, 10 * MINUTE),
  circuitBreak: pace(0, 15_000, 5 * MINUTE),
  sms: pace(0, MINUTE, 30 * MINUTE),
  muteTimes: setting(z.array(muteTime).default([]), 'Times in which e-mail about lesser alerts waits.'),
});
