import { Command, InvalidArgumentError } from 'commander';
import { dataPaths, defaultDataDir } from '../../core/config/paths.ts';
import { ANNOUNCED_NAMES } from '../../core/config/run-file.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { askProfile } from '../../core/telemetry/asked-profile.ts';
import { openService, type ServiceAddress } from '../local/running-service.ts';

interface ProfileOptions extends ServiceAddress {
  readonly seconds: number;
  readonly replica: number;
  readonly json?: true;
}

const besideNames = ANNOUNCED_NAMES.map((name) => `\`${name}\``).join(', ');

/** `clawdbot profile`: where a process of the service spends its CPU time. */
export const profileCommand = (): Command =>
  new Command('profile')
    .description('write a CPU profile of a running process; browser developer tools open it')
    .argument('<process>', `\`gateway\`, the id of a model for its engine, or ${besideNames}`)
    .option('--seconds <n>', 'how long, 1 to 60', wholeNumber, 10)
    .option('--replica <n>', 'which ready replica of the model, from 0', wholeNumber, 0)
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--url <url>', 'a service elsewhere; the file is written there')
    .option('--token <token>', 'credential for it with the scope admin (default: minted with the local key)')
    .option('--ca <file>', 'PEM file of its CA')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExit codes: 0 written, 1 the service does not answer or refused, 64 wrong option.')
    .action(async (target: string, options: ProfileOptions) => {
      const report = await profile(target, options);
      process.stdout.write(`${options.json === true ? JSON.stringify(report) : `wrote ${report.file}`}\n`);
    });

const profile = async (target: string, options: ProfileOptions): Promise<{ readonly file: string }> => {
  const { seconds, replica } = options;
  const beside = ANNOUNCED_NAMES.find((name) => name === target);
  if (beside !== undefined && options.url === undefined)
    return { file: await askProfile({ name: beside, paths: dataPaths(options.data), seconds }) };
  const service = await openService(options, ['admin']);
  try {
    const body = target === 'gateway' ? { seconds } : { model: target, replica, seconds };
    const answer = await service.send('POST', '/api/v1/admin/profile', body);
    const text = await answer.body.text();
    // Safe: the shape is that of the route, which its own tests hold to the document.
    if (answer.statusCode === 200) return JSON.parse(text) as { file: string };
    throw new ServiceError('ERR_HTTP_INTERNAL', `the service answered ${answer.statusCode}: ${text}`);
  } finally {
    await service.close();
  }
};

const wholeNumber = (text: string): number => {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError(`expected a whole number, got "${text.slice(0, 20)}"`);
  return Number(text);
};
