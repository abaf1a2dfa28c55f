import { Command } from 'commander';
import { tokenMintCommand } from './token-mint.ts';
import { tokenRevocationsCommand, tokenRevokeCommand } from './token-revoke.ts';

/** `clawdbot token mint|revoke|revocations`: tokens, which expire by themselves. */
export const tokenCommand = (): Command =>
  new Command('token')
    .description('mint credentials that expire, and end them before; a running service follows within a second')
    .addCommand(tokenMintCommand())
    .addCommand(tokenRevokeCommand())
    .addCommand(tokenRevocationsCommand());
