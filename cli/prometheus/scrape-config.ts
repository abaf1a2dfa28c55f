import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Config } from '../../core/config/schema.ts';
import { pinned, trusting } from '../programs/trust.ts';

export interface ScrapeOptions {
  /** `dataPaths(data).prometheus`. */
  readonly dir: string;
  /** Its own address. */
  readonly address: string;
  readonly tokenFile: string;
  /** The local authority; undefined where the operator brings a certificate. */
  readonly caFile: string | undefined;
  readonly ruleFiles: readonly string[];
}

/** Jobs whose addresses are written by `targetFile`, because they may change with every restart of their process. */
export const JOBS = [
  'clawdbot',
  'clawdbot-collectors',
  'clawdbot-actions',
  'clawdbot-anomaly',
  'alertmanager',
] as const;
export type Job = (typeof JOBS)[number];

/** Read again by Prometheus whenever it changes. */
export const targetFile = (dir: string, job: Job): string => join(dir, 'targets', `${job}.json`);

/** What a target file says: the one address, or that there is none yet. */
export const renderTargets = (url: string | undefined): string =>
  JSON.stringify(url === undefined ? [] : [{ targets: [new URL(url).host] }]);

const LONGEST_SCRAPE_MS = 10_000;

/** `prometheus.yml`. Every file in it is named from the root. */
export const renderScrapeConfig = (config: Config, options: ScrapeOptions): string => {
  const interval = `${config.prometheus.intervalMs}ms`;
  const { dir, address, tokenFile, caFile, ruleFiles } = options;
  // A page of ours that grew beyond measure costs its own scrape, not the memory of the machine.
  const limits = { sample_limit: config.prometheus.sampleLimit, label_limit: 40, label_value_length_limit: 256 };
  return stringify({
    // A page that hangs is a failed scrape before the next one is due.
    global: {
      ...{ scrape_interval: interval, evaluation_interval: interval },
      scrape_timeout: `${Math.min(LONGEST_SCRAPE_MS, Math.round(0.8 * config.prometheus.intervalMs))}ms`,
    },
    rule_files: [...ruleFiles],
    alerting: { alertmanagers: [{ file_sd_configs: [{ files: [targetFile(dir, 'alertmanager')] }] }] },
    scrape_configs: [
      {
        job_name: 'clawdbot' satisfies Job,
        ...limits,
        scheme: 'https',
        metrics_path: '/api/v1/metrics',
        authorization: { credentials_file: tokenFile },
        tls_config: caFile === undefined ? pinned(config.server.tls.cert) : trusting(caFile),
        file_sd_configs: [{ files: [targetFile(dir, 'clawdbot')] }],
      },
      {
        job_name: 'clawdbot-collectors' satisfies Job,
        ...limits,
        ...pageAccess(config.collectors),
        file_sd_configs: [{ files: [targetFile(dir, 'clawdbot-collectors')] }],
      },
      {
        job_name: 'clawdbot-actions' satisfies Job,
        ...limits,
        ...pageAccess(config.actions),
        file_sd_configs: [{ files: [targetFile(dir, 'clawdbot-actions')] }],
      },
      {
        job_name: 'clawdbot-anomaly' satisfies Job,
        ...limits,
        ...pageAccess(config.anomaly),
        file_sd_configs: [{ files: [targetFile(dir, 'clawdbot-anomaly')] }],
      },
      { job_name: 'alertmanager' satisfies Job, file_sd_configs: [{ files: [targetFile(dir, 'alertmanager')] }] },
      { job_name: 'prometheus', static_configs: [{ targets: [address] }] },
    ],
  });
};

const pageAccess = ({ tls, tokenFile }: Pick<Config['collectors'], 'tls' | 'tokenFile'>) => ({
  ...(tls.cert === undefined ? {} : { scheme: 'https', tls_config: pinned(tls.cert) }),
  ...(tokenFile === undefined ? {} : { authorization: { credentials_file: tokenFile } }),
});

/** The command line. It listens on the loopback alone: whoever reaches it reads everything without a credential. */
export const prometheusArguments = ({ prometheus }: Pick<Config, 'prometheus'>, dir: string, address: string) => [
  `--config.file=${join(dir, 'prometheus.yml')}`,
  `--storage.tsdb.path=${join(dir, 'tsdb')}`,
  `--storage.tsdb.retention.time=${prometheus.retentionDays}d`,
  `--storage.tsdb.retention.size=${prometheus.maxBytes}B`,
  `--web.listen-address=${address}`,
  `--rules.alert.resend-delay=${prometheus.resendMs}ms`,
  '--enable-feature=exemplar-storage',
  '--log.format=json',
];
