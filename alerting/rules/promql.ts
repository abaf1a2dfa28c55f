import { METRICS, type MetricKey } from '../../core/telemetry/metrics.ts';
import { wireName } from '../../core/telemetry/wire-name.ts';
import type { Tuning } from './tuning.ts';

/** The jobs that Prometheus scrapes, as `cli/prometheus/scrape-config.ts` names them. */
export const GATEWAY = 'clawdbot';
export const COLLECTORS = 'clawdbot-collectors';

/** A metric of the catalogue as Prometheus shows it. */
export const metric = (key: MetricKey): string => wireName(METRICS[key]);

/** A number in an expression, without the noise of binary fractions. */
export const number = (value: number): string => String(Number(value.toPrecision(12)));

/** A share as a person reads it: 0.05 is `5 %`. */
export const percent = (share: number): string => `${number(share * 100)} %`;

/** Milliseconds as a person reads them. */
export const seconds = (ms: number): string => `${number(ms / 1000)} s`;

/** Labels of the alerts about a model, an accelerator, an instance. */
export const BY_MODEL = 'job, gen_ai_request_model';
export const BY_DEVICE = 'job, instance, hw_type, hw_id';

/** The requests of the gateway by how they ended. */
export const REQUESTS = metric('requests');
/** Those that were let in: a request refused at the door took no time of an engine, and would hide those that did. */
export const LET_IN = `${REQUESTS}{outcome!="rejected"}`;

/** A rate for each job. */
export const sumOfRate = (series: string, window: string): string => `sum by (job) (rate(${series}[${window}]))`;

/** Shares of a handful of requests say nothing. */
export const ENOUGH_REQUESTS = ({ limits }: Tuning): string =>
  `and on (job) job:clawdbot_requests:increase5m >= ${limits.requests.minimum}`;
