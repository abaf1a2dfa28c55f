import type { Proof } from './proof.ts';
import { GATEWAY, series } from './series.ts';

const JOB = { job: 'clawdbot' };
const MINUTE_MS = 60_000;

interface Burn {
  readonly long: string;
  readonly short: string;
  readonly limit: number;
  readonly says: string;
  readonly stepMs: number;
  readonly also?: Proof['also'];
}

/** Both windows must be beyond the limit, with enough requests in the short one. */
const burn = (ratio: string, { long, short, limit, says, stepMs, also = [] }: Burn): Proof => {
  const [inLong, inShort] = [series(`${ratio}${long}`, JOB), series(`${ratio}${short}`, JOB)];
  const asked = series(`job:clawdbot_requests:increase${short}`, JOB);
  const beyond = Number((limit * 1.04).toPrecision(6));
  const labels = { ...JOB, window: long };
  const story = (name: string, values: readonly [number, number, number], isFiring: boolean) => ({
    name,
    series: { [inLong]: `${values[0]}x30`, [inShort]: `${values[1]}x30`, [asked]: `${values[2]}x30` },
    atMs: 29 * stepMs,
    firing: isFiring ? [labels] : [],
  });
  return {
    series: {
      [inLong]: { gauge: [0, limit, beyond] },
      [inShort]: { gauge: [0, limit, beyond] },
      [asked]: { gauge: [20, 20, 20] },
    },
    ...{ labels, says: [says], stepMs },
    also: [
      story('what is over long ago', [beyond, limit, 20], false),
      story('a moment that does not matter yet', [limit, beyond, 20], false),
      story('nineteen requests are too few', [beyond, beyond, 19], false),
      story('twenty-one are enough', [beyond, beyond, 21], true),
      ...also,
    ],
  };
};

const FAILED = 'job:clawdbot_requests_failed:ratio_rate';
const LATE = 'job:gen_ai_first_token_late:ratio_rate';
const requests = (outcome: string) => series('clawdbot_requests_total', { ...GATEWAY, outcome });
const firstTokens = (part: string, more = {}) =>
  series(`gen_ai_server_time_to_first_token_seconds_${part}`, { ...GATEWAY, ...more });

const FAST_STEP_MS = MINUTE_MS;
const counted = (name: string, counters: Readonly<Record<string, string>>, isFiring: boolean) => ({
  ...{ name, series: counters, atMs: 29 * FAST_STEP_MS },
  firing: isFiring ? [{ ...JOB, window: '1h' }] : [],
});

export const SLO = {
  AvailabilityBudgetBurnFast: [
    burn(FAILED, {
      ...{ long: '1h', short: '5m', limit: 0.072, says: '7.488%', stepMs: FAST_STEP_MS },
      also: [
        counted(
          'counted from errors and time-outs',
          { [requests('ok')]: '0+90x30', [requests('error')]: '0+5x30', [requests('timeout')]: '0+5x30' },
          true,
        ),
        counted(
          'what clients cancel or the door refuses is no failure',
          { [requests('ok')]: '0+80x30', [requests('cancelled')]: '0+20x30', [requests('rejected')]: '0+50x30' },
          false,
        ),
      ],
    }),
    burn(FAILED, { long: '6h', short: '30m', limit: 0.03, says: '3.12%', stepMs: 5 * MINUTE_MS }),
  ],
  AvailabilityBudgetBurnSlow: [
    burn(FAILED, { long: '1d', short: '2h', limit: 0.015, says: '1.56%', stepMs: 10 * MINUTE_MS }),
    burn(FAILED, { long: '3d', short: '6h', limit: 0.005, says: '0.52%', stepMs: 30 * MINUTE_MS }),
  ],
  LatencyBudgetBurnFast: [
    burn(LATE, {
      ...{ long: '1h', short: '5m', limit: 0.72, says: '74.88%', stepMs: FAST_STEP_MS },
      also: [
        ...['5', '5.0'].flatMap((le) => [
          counted(
            `counted from the bound ${le}`,
            {
              [firstTokens('bucket', { le })]: '0+20x30',
              [firstTokens('count')]: '0+100x30',
              [requests('ok')]: '0+100x30',
            },
            true,
          ),
          counted(
            `and from nothing else than the bound ${le}`,
            {
              [firstTokens('bucket', { le })]: '0+90x30',
              [firstTokens('count')]: '0+100x30',
              [requests('ok')]: '0+100x30',
            },
            false,
          ),
        ]),
      ],
    }),
    burn(LATE, { long: '6h', short: '30m', limit: 0.3, says: '31.2%', stepMs: 5 * MINUTE_MS }),
  ],
  LatencyBudgetBurnSlow: [
    burn(LATE, { long: '1d', short: '2h', limit: 0.15, says: '15.6%', stepMs: 10 * MINUTE_MS }),
    burn(LATE, { long: '3d', short: '6h', limit: 0.05, says: '5.2%', stepMs: 30 * MINUTE_MS }),
  ],
} as const satisfies Record<string, readonly Proof[]>;
