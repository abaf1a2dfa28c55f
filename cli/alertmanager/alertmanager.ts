import { join } from 'node:path';
import { renderMailTemplates } from '../../alerting/alertmanager/mail/template.ts';
import { renderAlertmanager } from '../../alerting/alertmanager/render.ts';
import { INHIBITIONS } from '../../alerting/rules/table.ts';
import { ensureHookToken } from '../../core/config/hook-token.ts';
import { loadConfig } from '../../core/config/load.ts';
import { dataPaths } from '../../core/config/paths.ts';
import { makePrivateFolder, PRIVATE_MODE, replaceFile } from '../../core/config/private-files.ts';
import type { Config } from '../../core/config/schema.ts';
import type { EgressNote } from '../../core/egress/ledger.ts';
import type { Logger } from '../../core/telemetry/log.ts';
import { ALERTMANAGER, findProgram } from '../programs/find-program.ts';
import { freeAddress } from '../programs/port.ts';
import { openProgramLog, type RunningProgram, runProgram } from '../programs/run-program.ts';
import type { ChildState, Watching } from '../supervisor/keep-running.ts';
import { actionsAddress } from './actions-address.ts';
import { alertmanagerArguments, configFile, templateFile } from './arguments.ts';
import { type MailWay, mailWay } from './mail-way.ts';
import type { AlertmanagerReport } from './report.ts';

export interface AlertmanagerBoxOptions {
  readonly data: string;
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (report: AlertmanagerReport) => void;
  readonly watching: Omit<Watching, 'onState'>;
  readonly onState: (state: ChildState) => void;
  readonly noteEgress: (note: EgressNote) => void;
  /** Told where it answers, before it does. */
  readonly onAddress: (url: string) => void;
}

/** The Alertmanager of `clawdbot up`: started with the service, stopped with the rest. */
export interface AlertmanagerBox {
  /** Where the actions service answers, when it does; until then the port of the configuration is taken. */
  actionsAt(url: string): void;
  stop(): Promise<void>;
}

/** Where everybody looks for it, which Debian's own service takes when its package is installed; and one beside the collectors. */
const AUTO_PORTS = [9093, 9466];
const READY = 'Listening on';

/** Nothing that goes wrong in here may stop the service: it is told, and the service goes on without. */
export const openAlertmanager = (options: AlertmanagerBoxOptions): AlertmanagerBox => {
  const { data, env, report } = options;
  const { alertmanager: dir, alertmanagerLogs, ...paths } = dataPaths(data);
  const life = new AsyncDisposableStack();
  const abort = new AbortController();
  let actionsUrl: string | undefined;
  let running: RunningProgram | undefined;
  const fail = (error: unknown): void => {
    if (abort.signal.aborted) return;
    const text = error instanceof Error ? error.message : String(error);
    report({ type: 'notice', level: 'warn', text: `not started: ${text}` });
  };
  const write = async (config: Config, { mail }: MailWay): Promise<void> => {
    const files = { templateFile: templateFile(dir), hookTokenFile: paths.actionsHookToken };
    const { alertmanager, email } = config;
    const actions = actionsAddress(config, actionsUrl);
    await replaceFile(files.templateFile, PRIVATE_MODE, renderMailTemplates(email.language));
    const text = renderAlertmanager({ alertmanager, mail, actions, ...files, symptoms: INHIBITIONS });
    await replaceFile(configFile(dir), PRIVATE_MODE, text);
  };
  const begin = async (): Promise<{ readonly config: Config; readonly way: MailWay } | undefined> => {
    const { config } = loadConfig({ env, file: options.configFile });
    const program = choose(config, options);
    if (program === undefined) return undefined;
    for (const folder of [dir, paths.run]) await makePrivateFolder(folder);
    await ensureHookToken(dataPaths(data));
    const log = await openProgramLog(config, { name: 'alertmanager', dir: alertmanagerLogs, life });
    const address = await addressFor(config, { log, report, signal: abort.signal });
    if (address === undefined) return undefined;
    const way = mailWay(config, env, options.noteEgress);
    // A copy that was unpacked, not installed, looks for Debian's own templates where it runs; none of them is used.
    for (const name of ['default', 'email']) await replaceFile(join(dir, `${name}.tmpl`), PRIVATE_MODE, '');
    await write(config, way);
    if (abort.signal.aborted) return undefined;
    const url = `http://${address}`;
    options.onAddress(url);
    running = runProgram({
      ...{ name: 'alertmanager', program, args: alertmanagerArguments(config, dir, address), url, cwd: dir },
      ...{ runDir: paths.run, env, log, watching: options.watching, onState: options.onState },
      isReady: (message) => message.startsWith(READY),
      onReady: () => report({ type: 'ready', url, ...told(way) }),
    });
    life.defer(() => running?.stop());
    return { config, way };
  };
  const starting = begin().catch(fail);
  return {
    actionsAt(url) {
      const before = actionsUrl;
      actionsUrl = url;
      void starting
        .then(async (started) => {
          if (!started || abort.signal.aborted) return;
          if (actionsAddress(started.config, before)?.url === url) return;
          await write(started.config, started.way);
          running?.reload();
        })
        .catch(fail);
    },
    async stop() {
      abort.abort();
      await starting;
      await life.disposeAsync();
    },
  };
};

/** The program to start; undefined where none is wanted or there. */
const choose = ({ alertmanager }: Config, { env, report }: AlertmanagerBoxOptions): string | undefined => {
  if (alertmanager.enabled === false) return undefined;
  const program = findProgram(ALERTMANAGER, env);
  if (program === undefined) report({ type: 'absent', isWanted: alertmanager.enabled === true });
  return program;
};

const addressFor = (
  { alertmanager }: Config,
  {
    log,
    report,
    signal,
  }: { readonly log: Logger; readonly signal: AbortSignal } & Pick<AlertmanagerBoxOptions, 'report'>,
): Promise<string | undefined> =>
  freeAddress({
    ...{ port: alertmanager.port, autoPorts: AUTO_PORTS, signal },
    onTaken(port) {
      const text = `port ${port} belongs to another program; waiting for it (alertmanager.port sets another)`;
      log.warn('alertmanager.port_taken', { labels: { port } }, text);
      report({ type: 'notice', level: 'warn', text });
    },
  });

/** Not who gets it: what is printed may be seen by more people. */
const told = ({ mail, why = '' }: MailWay) => ({
  mail: mail === undefined ? undefined : `${mail.to.length} by ${mail.smarthost}`,
  whyNoMail: why,
});
