import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { compilePolicy } from '../../alerting/actions/policy/compile.ts';
import { renderAlertsPage } from '../../alerting/rules/page.ts';
import { renderRules } from '../../alerting/rules/render.ts';
import { renderReference } from '../../core/config/docs.ts';
import { renderExample } from '../../core/config/example.ts';
import { findConfigFile, type LoadedConfig, loadConfig } from '../../core/config/load.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import { redactSecrets } from '../../core/config/redact.ts';
import { configSchema } from '../../core/config/schema.ts';
import { renderErrors } from '../../core/errors/docs.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { renderMetricsPage } from '../../core/telemetry/docs.ts';
import { renderFilebeat } from '../../elk/filebeat/render.ts';
import { renderLogstash } from '../../elk/logstash/render.ts';
import type { RenderedFile } from '../../elk/rendered-file.ts';
import { checkRedaction } from '../../services/inference/redact/stage/check.ts';

interface FileOptions {
  readonly config?: string;
  readonly data: string;
  readonly json?: true;
}

/** Files that are written from tables in the code, by path in the repository. */
export const GENERATED_FILES: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(
    Object.keys(renderShippedRules()).map((file) => [`alerting/rules/${file}`, () => renderShippedRules()[file] ?? '']),
  ),
  ...Object.fromEntries(shippers().map(({ file, text }) => [`elk/${file}`, () => text])),
  'clawdbot.example.yaml': renderExample,
  'docs/alerts.md': renderAlertsPage,
  'docs/configuration.md': renderReference,
  'docs/errors.md': renderErrors,
  'docs/metrics.md': renderMetricsPage,
};

/** The rules as they are without a configuration file. */
function renderShippedRules(): Readonly<Record<string, string>> {
  return renderRules(configSchema.parse({}));
}

/** What brings the logs away, as it is without a configuration file. */
function shippers(): readonly RenderedFile[] {
  const config = configSchema.parse({});
  return [...renderFilebeat(config), ...renderLogstash(config)];
}

const REPOSITORY = new URL('../../', import.meta.url);

/** `clawdbot config check|print|docs`. */
export const configCommand = (): Command => {
  const command = new Command('config').description('check, show and document the configuration');
  command.addCommand(
    withFile(new Command('check').description('read the configuration and name every mistake in it'))
      .addHelpText('after', '\nExit codes: 0 valid, 78 invalid.')
      .action(check),
  );
  command.addCommand(
    withFile(new Command('print').description('print the effective configuration, secrets as [redacted]'))
      .addHelpText('after', '\nExit codes: 0 printed, 78 invalid.')
      .action(print),
  );
  command.addCommand(
    new Command('docs')
      .description('print the reference of every setting')
      .option('--write', 'write the generated files of a checkout instead: the example file and the pages in docs/')
      .action(docs),
  );
  return command;
};

const withFile = (command: Command): Command =>
  command
    .option(
      '-c, --config <file>',
      'configuration file (default: CLAWDBOT_CONFIG, else clawdbot.yaml here or in the data folder)',
    )
    .option('-d, --data <dir>', 'data folder', defaultDataDir(process.env))
    .option('--json', 'print JSON');

const load = ({ config, data }: FileOptions): LoadedConfig =>
  loadConfig({
    file: config ?? findConfigFile(process.env, ['', data]),
    env: process.env,
    check: checkRedaction,
  });

const check = async (options: FileOptions): Promise<void> => {
  try {
    const { file, config } = load(options);
    // Its actions may be modules, which only asking for them can tell.
    await compilePolicy(config);
    say(
      options.json === true
        ? JSON.stringify({ valid: true, file: file ?? null, problems: [] })
        : `${nameOf(file)}: valid`,
    );
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'ERR_CONFIG_INVALID') throw error;
    if (options.json === true) say(JSON.stringify({ valid: false, problems: error.details?.problems ?? [] }));
    else process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT.config;
  }
};

const nameOf = (file: string | undefined): string => file ?? 'no file, defaults and environment';

const print = (options: FileOptions): void => {
  const shown = redactSecrets(load(options).config);
  say(options.json === true ? JSON.stringify(shown, null, 2) : stringify(shown, { lineWidth: 0 }).trimEnd());
};

const docs = async ({ write }: { readonly write?: true }): Promise<void> => {
  if (write !== true) return say(renderReference().trimEnd());
  for (const [file, render] of Object.entries(GENERATED_FILES)) {
    await writeFile(fileURLToPath(new URL(file, REPOSITORY)), render());
    say(`wrote ${file}`);
  }
};

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
