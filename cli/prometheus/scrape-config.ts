import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Config } from '../../core/config/schema.ts';

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
export type Job = 'clawdbot' | 'clawdbot-collectors';

/** Read again by Prometheus whenever it changes. */
export const targetFile = (dir: string, job: Job): string => join(dir, 'targets', `${job}.json`);

/** What a target file says: the one address, or that there is none yet. */
export const renderTargets = (url: string | undefined): string =>
  JSON.stringify(url === undefined ? [] : [{ targets: [new URL(url).host] }]);

/** `prometheus.yml`. Every file in it is named from the root. */
export const renderScrapeConfig = (config: Config, options: ScrapeOptions): string => {
  const interval = `${config.prometheus.intervalMs}ms`;
  const { dir, address, tokenFile, caFile, ruleFiles } = options;
  return stringify({
    global: { scrape_interval: interval, evaluation_interval: interval },
    rule_files: [...ruleFiles],
    scrape_configs: [
      {
        job_name: 'clawdbot' satisfies Job,
        scheme: 'https',
        metrics_path: '/api/v1/metrics',
        authorization: { credentials_file: tokenFile },
        tls_config: caFile === undefined ? pinned(config.server.tls.cert) : trusting(caFile),
        file_sd_configs: [{ files: [targetFile(dir, 'clawdbot')] }],
      },
      {
        job_name: 'clawdbot-collectors' satisfies Job,
        ...collectorsAccess(config.collectors),
        file_sd_configs: [{ files: [targetFile(dir, 'clawdbot-collectors')] }],
      },
      { job_name: 'prometheus', static_configs: [{ targets: [address] }] },
    ],
  });
};

const trusting = (caFile: string) => ({ ca_file: caFile, min_version: 'TLS13' });

/**
 * Trusts a certificate of the operator itself, not who signed it: it is not made for the address on this machine, and
 * Prometheus must take nobody else for it.
 */
const pinned = (certFile: string | undefined) =>
  certFile === undefined ? {} : { ...trusting(certFile), server_name: nameIn(certFile) };

/** A name that the certificate is for; a star stands for any word. */
const nameIn = (certFile: string): string | undefined => {
  const names = new X509Certificate(readFileSync(certFile)).subjectAltName ?? '';
  const [, name] = /(?:DNS|IP Address):([^,]+)/.exec(names) ?? [];
  return name?.replace(/^\*/, 'clawdbot');
};

const collectorsAccess = ({ tls, tokenFile }: Config['collectors']) => ({
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
  '--enable-feature=exemplar-storage',
  '--log.format=json',
];
