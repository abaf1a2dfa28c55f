import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeSmi, installFakeSmi } from '../../../tests/fake-nvidia-smi/install.ts';
import { type MailServer, startMailServer } from '../../../tests/mail/server.ts';
import { type Shipper, startShipper } from './shipper.ts';
import { type SmsGateway, startSmsGateway } from './sms-gateway.ts';

/** What a service of a drill finds around it: a folder of its own, accelerators, a mail server and two providers of SMS. */
export interface Place {
  readonly dir: string;
  readonly data: string;
  readonly smi: FakeSmi;
  readonly mail: MailServer;
  /** Whether the mail server sends everybody away. */
  readonly mailFault: { isDown: boolean };
  readonly sms: { readonly first: SmsGateway; readonly second: SmsGateway };
  readonly shipper: Shipper;
  /** Files that the service, and nobody else, finds in the place of others; only root can do that. */
  readonly binds: { readonly file: string; readonly onto: string }[];
  /** Done when the service has ended, the last first. */
  readonly life: AsyncDisposableStack;
}

/** Well below every limit. */
const COOL_CELSIUS = 55;

export const openPlace = async (): Promise<Place> => {
  const life = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-drill-'));
  life.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const data = join(dir, 'data');
  mkdirSync(data);
  const mailFault: Place['mailFault'] = { isDown: false };
  const mail = await startMailServer({ isDown: () => mailFault.isDown });
  life.defer(() => mail.stop());
  const sms = { first: await startSmsGateway(), second: await startSmsGateway() };
  life.defer(async () => {
    await sms.first.stop();
    await sms.second.stop();
  });
  const shipper = await startShipper();
  life.defer(() => shipper.stop());
  const smi = installFakeSmi(dir, { cells: { 'temperature.gpu': String(COOL_CELSIUS) } });
  return { dir, data, smi, mail, mailFault, sms, shipper, binds: [], life };
};
