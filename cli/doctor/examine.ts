import { join } from 'node:path';
import { findConfigFile, loadConfig } from '../../core/config/load.ts';
import { dataPaths, modelsDir } from '../../core/config/paths.ts';
import type { Config, ModelConfig } from '../../core/config/schema.ts';
import { type Report, runDoctor } from '../../core/hardware/doctor.ts';
import type { Purpose } from '../../core/hardware/facts.ts';
import { type Sight, systemSight } from '../../core/hardware/sight.ts';
import { findModel } from '../../services/inference/models/resolve.ts';
import { isServiceRunning } from '../local/running-service.ts';
import { entryOf } from '../models/workspace.ts';
import { measureSpeeds } from './speeds.ts';

export interface ExamineOptions {
  readonly config?: string;
  readonly data: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whether memory and disk are measured: a second, on all cores. */
  readonly isMeasured: boolean;
  /** The service starts now: what it listens on is its own. */
  readonly isStarting?: boolean;
  /** Absent: this machine. */
  readonly sight?: Sight;
}

/** Examines this machine for the configured service. Throws ERR_CONFIG_INVALID; whatever it cannot see it says. */
export const examine = async (options: ExamineOptions): Promise<Report> => {
  const { env, data } = options;
  const file = options.config ?? findConfigFile(env, ['', data]);
  const { config } = loadConfig({ env, ...(file === undefined ? {} : { file }) });
  const dir = modelsDir(env);
  const files = await modelFiles(config, dir);
  const purpose: Purpose = {
    modelsDir: dir,
    certificateFile: config.server.tls.cert ?? join(dataPaths(data).tls, 'server.crt'),
    ports: portsOf(config),
    isRunning: options.isStarting === true || isServiceRunning(data),
    missingModelBytes: files.missingBytes,
    isRoot: process.getuid?.() === 0,
    now: Date.now() / 1000,
    ...(options.isMeasured ? { speeds: await measureSpeeds(dir, files.present) } : {}),
  };
  return runDoctor(options.sight ?? systemSight(env), purpose);
};

/** Port 0 is any that is free; all but that of the gateway are waited for. */
const portsOf = ({ server, collectors, actions }: Config): Purpose['ports'] =>
  [
    { port: server.port, setting: 'server.port', isNeeded: true },
    ...(collectors.enabled ? [{ port: collectors.port, setting: 'collectors.port', isNeeded: false }] : []),
    ...(actions.enabled ? [{ port: actions.port, setting: 'actions.port', isNeeded: false }] : []),
  ].filter(({ port }) => port !== 0);

const modelFiles = async ({ models }: Config, dir: string) => {
  const looks = await Promise.all(
    models.map(async (model) => ({ model, files: (await findModel({ model, dir }).catch(() => undefined))?.files })),
  );
  return {
    present: looks.flatMap(({ files = [] }) => files),
    missingBytes: looks.reduce((sum, { model, files }) => sum + (files === undefined ? sizeOf(model) : 0), 0),
  };
};

/** What the catalogue says of it; a model it does not know counts nothing until it is here. */
const sizeOf = (model: ModelConfig): number => entryOf(model)?.fileBytes ?? 0;
