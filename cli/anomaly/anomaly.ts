import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../core/config/load.ts';
import type { AnomalyReport } from '../../elk/anomaly/supervision.ts';
import { superviseChild } from '../supervisor/child.ts';
import type { Child, Watching } from '../supervisor/keep-running.ts';

interface Options extends Watching {
  readonly configFile: string | undefined;
  /** Of the command line. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly onReport: (report: AnomalyReport) => void;
}

/** The anomaly detector of `clawdbot up`: started when there is something to read. */
export interface AnomalyBox {
  /** The Prometheus of this machine answers. */
  prometheusIsThere(): void;
  stop(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL('../../elk/anomaly/main.ts', import.meta.url));

/** The service goes on without it. A Prometheus or an Elasticsearch of others is there already. */
export const openAnomaly = (options: Options): AnomalyBox => {
  const { configFile, args, env, onReport } = options;
  const { anomaly, elk } = loadConfig({ env, file: configFile }).config;
  let child: Child | undefined;
  const start = (): void => {
    if (anomaly.enabled) child ??= superviseChild<AnomalyReport>({ ...options, entry: ENTRY, args, onReport });
  };
  if (anomaly.prometheusUrl !== undefined || elk.elasticsearch.url !== undefined) start();
  return {
    prometheusIsThere: start,
    async stop() {
      await child?.stop(false);
    },
  };
};
