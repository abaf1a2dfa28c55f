import { join } from 'node:path';
import type { Config } from '../../core/config/schema.ts';

/** Where its files are in `dataPaths(data).alertmanager`. */
export const configFile = (dir: string): string => join(dir, 'alertmanager.yml');
export const templateFile = (dir: string): string => join(dir, 'mail.tmpl');

/**
 * The command line. It listens on the loopback alone: whoever reaches it can silence alerts without a credential. Without an
 * address for its cluster it opens no second port.
 */
export const alertmanagerArguments = (
  { alertmanager }: Pick<Config, 'alertmanager'>,
  dir: string,
  address: string,
): string[] => [
  `--config.file=${configFile(dir)}`,
  `--storage.path=${join(dir, 'data')}`,
  `--data.retention=${alertmanager.retentionHours}h`,
  `--web.listen-address=${address}`,
  '--cluster.listen-address=',
  '--log.format=json',
];
