import { Command } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { installService, removeService, unitText } from '../service/install.ts';

interface InstallOptions {
  readonly data: string;
  readonly config?: string;
  readonly user?: string;
  readonly memoryMax: string;
  readonly print?: boolean;
}

/** `clawdbot service`: a unit of systemd that keeps the service running, on a machine without containers. */
export const serviceCommand = (): Command =>
  new Command('service')
    .description('run the service under systemd, without containers')
    .addCommand(installCommand())
    .addCommand(removeCommand());

const CODES = '\nExit codes: 0 done, 1 not possible; the message says why.';

const installCommand = (): Command =>
  new Command('install')
    .description('write a hardened unit, start it now and at every boot')
    .option('-c, --config <file>', 'configuration file')
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--user <name>', 'a unit of the machine that runs as this user (as root; default: one of your own)')
    .option('--memory-max <size>', 'memory of the service with its engines, as systemd writes it', '80%')
    .option('--print', 'print the unit and change nothing')
    .addHelpText('after', `\nA unit of your own ends with your last session: loginctl enable-linger.${CODES}`)
    .action(async ({ print, ...options }: InstallOptions) => {
      const whole = { ...options, env: process.env };
      const said = print === true ? unitText(whole) : `installed ${await installService(whole)}\n`;
      process.stdout.write(said);
    });

const removeCommand = (): Command =>
  new Command('remove')
    .description('stop it and take the unit away; data and models stay')
    .option('--user <name>', 'the unit of the machine (as root; default: your own)')
    .addHelpText('after', CODES)
    .action(async (options: Pick<InstallOptions, 'user'>) => {
      process.stdout.write(`removed ${await removeService({ ...options, env: process.env })}\n`);
    });
