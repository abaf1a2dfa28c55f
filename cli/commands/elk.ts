import { Command } from 'commander';
import { applyCommand } from '../elk/apply.ts';
import { checkCommand } from '../elk/check.ts';
import { renderCommand } from '../elk/render.ts';

/** `clawdbot elk`: where logs are searched, as code. */
export const elkCommand = (): Command =>
  new Command('elk')
    .description('render, apply and check the configuration of Filebeat, Logstash, Elasticsearch and Kibana')
    .addCommand(renderCommand())
    .addCommand(applyCommand())
    .addCommand(checkCommand());
