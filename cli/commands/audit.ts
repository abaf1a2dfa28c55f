import { Command } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { exportCommand, headCommand, listCommand } from '../audit/read.ts';
import { keygenCommand, openCommand } from '../audit/sealed.ts';
import { verifyCommand } from '../audit/verify.ts';

/** `clawdbot audit verify|list|export|head|open|keygen`: the record of who did what. */
export const auditCommand = (): Command =>
  new Command('audit')
    .description('verify, read and export the audit trail')
    .addCommand(verifyCommand(withData))
    .addCommand(listCommand(withData))
    .addCommand(exportCommand(withData))
    .addCommand(headCommand(withData))
    .addCommand(openCommand(withData))
    .addCommand(keygenCommand());

const withData = (command: Command): Command =>
  command.option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env));
