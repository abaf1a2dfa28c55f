import { Command } from 'commander';
import { calibrateCommand } from '../alerts/calibrate.ts';
import { listCommand } from '../alerts/list.ts';
import { renderCommand } from '../alerts/render.ts';
import { fireCommand, testCommand } from '../alerts/send.ts';
import { ackCommand, maintenanceCommand, silenceCommand, unsilenceCommand } from '../alerts/silence.ts';

/** `clawdbot alerts`: what is watched and where its limits are; what fires, and who is told of it. */
export const alertsCommand = (): Command =>
  new Command('alerts')
    .description('render and calibrate the alerting rules; list, acknowledge, silence, test and fire alerts')
    .addCommand(renderCommand())
    .addCommand(calibrateCommand())
    .addCommand(listCommand())
    .addCommand(ackCommand())
    .addCommand(silenceCommand())
    .addCommand(maintenanceCommand())
    .addCommand(unsilenceCommand())
    .addCommand(testCommand())
    .addCommand(fireCommand());
