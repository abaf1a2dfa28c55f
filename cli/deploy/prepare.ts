import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { renderMailTemplates } from '../../alerting/alertmanager/mail/template.ts';
import { renderAlertmanager } from '../../alerting/alertmanager/render.ts';
import { INHIBITIONS } from '../../alerting/rules/table.ts';
import { ensureHookToken } from '../../core/config/hook-token.ts';
import { dataPaths } from '../../core/config/paths.ts';
import { makePrivateFolder, PRIVATE_MODE, replaceFile } from '../../core/config/private-files.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Scope } from '../../services/inference/call.ts';
import { actionsAddress } from '../alertmanager/actions-address.ts';
import { configFile, templateFile } from '../alertmanager/arguments.ts';
import { mailWay } from '../alertmanager/mail-way.ts';
import { changeCredentialStore } from '../local/credential-store.ts';
import { writeRuleFiles } from '../prometheus/rule-files.ts';
import { JOBS, type Job, renderScrapeConfig, renderTargets, targetFile } from '../prometheus/scrape-config.ts';

interface Options {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  /** Of the gateway, which runs already. */
  readonly data: string;
  /** A folder with one for each of the other processes, which see it under the same name. */
  readonly state: string;
}

const PROMETHEUS_PORT = 9090;
const ALERTMANAGER_PORT = 9093;

/**
 * What the supervisor does for processes beside the gateway on one machine, once, for containers: credentials that do not
 * end, and the files that Prometheus and Alertmanager read. Each gets what it needs and nothing of the data folder, which
 * holds keys. What is there already stays, so it may run at every start.
 */
export const prepareStack = async ({ config, env, data, state }: Options): Promise<readonly string[]> => {
  const prometheus = join(state, 'prometheus');
  const alertmanager = join(state, 'alertmanager');
  const actions = dataPaths(join(state, 'actions'));
  for (const dir of [prometheus, join(prometheus, 'targets'), alertmanager, actions.dir, actions.tls]) {
    await makePrivateFolder(dir);
  }
  const hook = await ensureHookToken(actions);
  await replaceFile(join(alertmanager, 'hook-token'), PRIVATE_MODE, await readFile(hook, 'utf8'));
  const token = join(prometheus, 'token');
  await ensureKey(data, token, 'prometheus', ['metrics']);
  await ensureKey(data, actions.actionsGatewayToken, 'actions', ['admin', 'metrics']);
  const caFile = config.server.tls.cert === undefined ? join(prometheus, 'ca.crt') : undefined;
  if (caFile !== undefined) {
    const authority = join(dataPaths(data).tls, 'ca.crt');
    for (const file of [caFile, join(actions.tls, 'ca.crt')]) await copyFile(authority, file);
  }
  await writePrometheus(config, prometheus, token, caFile);
  await writeAlertmanager(config, env, alertmanager);
  return [prometheus, alertmanager, actions.dir];
};

/** Keys of the same name that nobody has any more, because a run before this one ended in between, end here. */
const ensureKey = async (data: string, file: string, name: string, scopes: readonly Scope[]): Promise<void> => {
  if ((await readFile(file, 'utf8').catch(() => '')).trim() !== '') return;
  const key = await changeCredentialStore(data, (store) => {
    for (const old of store.list()) if (old.name === name) store.revoke(old.id);
    return store.create({
      name,
      scopes: [...scopes],
      models: undefined,
      tenant: undefined,
      policy: undefined,
      expiresAt: null,
    }).key;
  });
  await replaceFile(file, PRIVATE_MODE, `${key}\n`);
};

const writePrometheus = async (
  config: Config,
  dir: string,
  tokenFile: string,
  caFile: string | undefined,
): Promise<void> => {
  const own = join(dir, 'exporters');
  await mkdir(own, { recursive: true });
  const ruleFiles: string[] = [];
  for (const file of await writeRuleFiles(config, dir)) {
    const isOurs = file.startsWith(join(dir, 'rules'));
    if (!isOurs) await copyFile(file, join(own, basename(file)));
    ruleFiles.push(isOurs ? file : join(own, basename(file)));
  }
  const address = `127.0.0.1:${PROMETHEUS_PORT}`;
  const text = renderScrapeConfig(config, { dir, address, tokenFile, caFile, ruleFiles });
  await replaceFile(join(dir, 'prometheus.yml'), PRIVATE_MODE, text);
  const urls = targetsOf(config);
  for (const job of JOBS) await replaceFile(targetFile(dir, job), PRIVATE_MODE, renderTargets(urls[job]));
};

/** All of them share one loopback, as the processes of one machine do. */
const targetsOf = (config: Config): Partial<Record<Job, string>> => ({
  clawdbot: `https://127.0.0.1:${config.server.port}`,
  'clawdbot-collectors': `http://127.0.0.1:${config.collectors.port}`,
  'clawdbot-actions': `http://127.0.0.1:${config.actions.port}`,
  alertmanager: `http://127.0.0.1:${ALERTMANAGER_PORT}`,
});

const writeAlertmanager = async (config: Config, env: NodeJS.ProcessEnv, dir: string): Promise<void> => {
  const files = { templateFile: templateFile(dir), hookTokenFile: join(dir, 'hook-token') };
  const { mail } = mailWay(config, env, () => undefined);
  await replaceFile(files.templateFile, PRIVATE_MODE, renderMailTemplates(config.email.language));
  const { alertmanager } = config;
  const actions = actionsAddress(config, undefined);
  const text = renderAlertmanager({ alertmanager, mail, actions, ...files, symptoms: INHIBITIONS });
  await replaceFile(configFile(dir), PRIVATE_MODE, text);
};
