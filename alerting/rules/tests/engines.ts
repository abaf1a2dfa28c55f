import type { Proof } from './proof.ts';
import { counted, GATEWAY, MODEL, series, share } from './series.ts';

const JOB = { job: 'clawdbot' };
const PREFIX = { ...JOB, cache: 'prefix' };
const state = (name: string) =>
  series('clawdbot_model_state', { ...GATEWAY, gen_ai_request_model: 'small', state: name });
const ofModel = (name: string, more: Readonly<Record<string, string>> = {}) =>
  series(name, { ...GATEWAY, gen_ai_request_model: 'small', ...more });
const requests = (outcome: string) => series('clawdbot_requests_total', { ...GATEWAY, outcome });
const hits = (span: string) => series(`job_cache:clawdbot_cache_hits:ratio_rate${span}`, PREFIX);
const ENOUGH = series('job:clawdbot_requests:increase5m', JOB);

/** A cache in a story of its own: found in half an hour, found in a day, requests. */
const cache = (now: number, before: number, asked: number) => ({
  [hits('30m')]: `${now}x40`,
  [hits('1d')]: `${before}x40`,
  [ENOUGH]: `${asked}x40`,
});
const CACHE_AT = 30 * 60_000;

export const ENGINES = {
  RequestsRefused: [
    share({
      of: series('job:clawdbot_requests_refused:ratio_rate5m', JOB),
      ...{ limit: 0.05, beyond: 0.052, labels: JOB, says: ['5.2%', '5.2%'] },
      also: [
        {
          name: 'counted from what the gateway says',
          series: {
            [series('clawdbot_rejections_total', { ...GATEWAY, reason: 'queue_full' })]: '0+1x40',
            [series('clawdbot_rejections_total', { ...GATEWAY, reason: 'rate' })]: '0+1x40',
            [requests('rejected')]: '0+2x40',
            [requests('ok')]: '0+8x40',
          },
          atMs: 480_000,
          firing: [JOB],
        },
        {
          name: 'a key over its own limit is not the service that is full',
          series: {
            [series('clawdbot_rejections_total', { ...GATEWAY, reason: 'rate' })]: '0+5x40',
            [requests('rejected')]: '0+5x40',
            [requests('ok')]: '0+5x40',
          },
          atMs: 480_000,
          firing: [],
        },
      ],
    }),
  ],
  AnswersDegraded: [
    share({
      of: series('job:clawdbot_requests_degraded:ratio_rate5m', JOB),
      stepMs: 60_000,
      ...{ limit: 0.05, beyond: 0.052, labels: JOB, says: ['5.2%', '5.2%'] },
      also: [
        {
          name: 'counted from what the gateway says',
          series: { [requests('degraded')]: '0+4x20', [requests('ok')]: '0+36x20' },
          atMs: 900_000,
          firing: [JOB],
        },
      ],
    }),
  ],
  CacheCold: [
    {
      series: {
        [hits('30m')]: { gauge: [0.6, 0.3, 0.29] },
        [hits('1d')]: { gauge: [0.6, 0.6, 0.6] },
        [ENOUGH]: { gauge: [20, 20, 20] },
      },
      labels: PREFIX,
      says: ['29%'],
      stepMs: 60_000,
      also: [
        { name: 'a cache that never helped', series: cache(0.05, 0.2, 20), atMs: CACHE_AT, firing: [] },
        { name: 'one that helped a little', series: cache(0.05, 0.21, 20), atMs: CACHE_AT, firing: [PREFIX] },
        { name: 'too few requests to tell', series: cache(0.05, 0.6, 19), atMs: CACHE_AT, firing: [] },
        { name: 'just enough of them', series: cache(0.05, 0.6, 21), atMs: CACHE_AT, firing: [PREFIX] },
        {
          name: 'counted from what the gateway says',
          series: {
            [series('clawdbot_cache_requests_total', { ...GATEWAY, cache: 'prefix', result: 'hit' })]:
              '0+9x60 545+1x50',
            [series('clawdbot_cache_requests_total', { ...GATEWAY, cache: 'prefix', result: 'miss' })]:
              '0+1x60 65+9x50',
            [requests('ok')]: '0+60x120',
          },
          atMs: 108 * 60_000,
          firing: [PREFIX],
        },
      ],
    },
  ],
  ModelLoadFailed: [
    {
      series: { [state('failed')]: { gauge: [0, 0, 1] }, [state('ready')]: { gauge: [1, 0, 0] } },
      labels: MODEL,
      says: [],
      also: [
        {
          name: 'an attempt between two failures',
          series: { [state('failed')]: '1x2 0x3 1x1 0x3 1x1 0x10', [state('ready')]: '0x30' },
          atMs: 180_000,
          firing: [MODEL],
        },
        {
          name: 'one replica of two',
          series: { [state('failed')]: '1x20', [state('ready')]: '1x20' },
          atMs: 240_000,
          firing: [],
        },
      ],
    },
  ],
  ModelLoadSlow: [{ series: { [state('loading')]: { gauge: [0, 0, 1] } }, labels: MODEL, says: [], stepMs: 30_000 }],
  EnginesRestarting: [
    counted({
      counter: ofModel('clawdbot_engine_restarts_total'),
      ...{ windowMs: 900_000, times: 3, labels: MODEL, says: ['4'] },
    }),
  ],
  EngineFallBack: [
    { series: { [ofModel('clawdbot_engine_fallback')]: { gauge: [0, 0, 1] } }, labels: MODEL, says: ['1'] },
  ],
  BreakerOpen: [
    {
      series: {
        [ofModel('clawdbot_breaker_state', { state: 'open' })]: { gauge: [0, 0, 1] },
        [ofModel('clawdbot_breaker_state', { state: 'half_open' })]: { gauge: [0, 1, 0] },
      },
      labels: MODEL,
      says: [],
    },
  ],
} as const satisfies Record<string, readonly Proof[]>;
