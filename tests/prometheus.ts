import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { dependent } from '../cli/setup/child.mjs';
import { freePort } from './free-port.ts';
import type { TestGateway } from './gateway.ts';
import { whenReady } from './ready-program.ts';

export interface TestPrometheus {
  readonly url: string;
  /** The `data` of an answer of its API; undefined while there is none. */
  get(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

interface Options {
  readonly program: string;
  /** `prometheus.yml` as a value. */
  readonly config: Record<string, unknown>;
  readonly args?: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
  /** A storage folder that is there already; default: one of its own, which goes with it. */
  readonly storage?: string;
}

/** A real Prometheus with a folder and a port of its own, when it is ready. */
export const startTestPrometheus = async (options: Options): Promise<TestPrometheus> => {
  const { program, config, args = [], port } = options;
  const dir = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const url = `http://127.0.0.1:${port ?? (await freePort())}`;
  const file = join(dir, 'prometheus.yml');
  writeFileSync(file, stringify(config));
  const words = [
    ...[`--config.file=${file}`, `--storage.tsdb.path=${options.storage ?? join(dir, 'data')}`],
    ...[`--web.listen-address=${new URL(url).host}`, '--enable-feature=exemplar-storage', ...args],
  ];
  const child = spawn(...dependent(program, words), { stdio: ['ignore', 'ignore', 'pipe'] });
  const { stop } = await whenReady(child, { name: 'prometheus', url, dir });
  return {
    url,
    stop,
    async get(path) {
      const answer = await fetch(new URL(path, url)).catch(() => undefined);
      // Safe: every answer of this API with status 200 is such an object.
      return answer?.ok === true ? ((await answer.json()) as { data: unknown }).data : undefined;
    },
  };
};

/** The job that scrapes a gateway every second, with a token of its own in a file beside the gateway's data. */
export const scrapeJob = async (gateway: TestGateway, name = 'clawdbot') => {
  const token = join(gateway.data, 'scrape-token');
  writeFileSync(token, await gateway.token('metrics'), { mode: 0o600 });
  return {
    ...{ job_name: name, scheme: 'https', metrics_path: '/api/v1/metrics', scrape_interval: '1s' },
    authorization: { credentials_file: token },
    tls_config: { ca_file: gateway.caFile },
    static_configs: [{ targets: [new URL(gateway.url).host] }],
  };
};

/** Query parameters for the last ten minutes. */
export const lastTenMinutes = (): string =>
  `start=${Math.floor(Date.now() / 1000) - 600}&end=${Math.ceil(Date.now() / 1000) + 60}`;
