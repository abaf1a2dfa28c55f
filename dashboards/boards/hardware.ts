import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { lay } from '../panels/grid.ts';
import * as devices from './accelerators.ts';
import { board } from './board.ts';
import * as machine from './machine.ts';

/** Does the machine do what it can? Fine with no accelerator, one, or two hundred. */
export const hardware = (tuning: Tuning): Dashboard =>
  board({
    key: 'hardware',
    description: 'Are accelerators and machine well, and do they do what they can?',
    variables: [{ label: 'hw_id', of: 'gpuMemoryLimit' }],
    panels: lay(
      [
        {
          height: 7,
          panels: [
            { width: 4, panel: devices.wellness() },
            { width: 10, panel: devices.temperature(tuning) },
            { width: 10, panel: devices.busy() },
          ],
        },
        {
          height: 7,
          panels: [
            { width: 8, panel: devices.throttling() },
            { width: 8, panel: devices.memory(tuning) },
            { width: 8, panel: devices.power() },
          ],
        },
      ],
      [
        {
          title: 'Each accelerator',
          collapsed: true,
          bands: [
            {
              height: 8,
              panels: [
                { width: 14, panel: devices.glance(tuning) },
                { width: 10, panel: devices.errors() },
              ],
            },
            { height: 7, panels: [{ width: 24, panel: devices.each() }] },
          ],
        },
        {
          title: 'The machine',
          bands: [
            {
              height: 7,
              panels: [
                { width: 8, panel: machine.processors() },
                { width: 8, panel: machine.memoryUse() },
                { width: 8, panel: machine.waiting(tuning) },
              ],
            },
            {
              height: 6,
              panels: [
                { width: 8, panel: machine.disks(tuning) },
                { width: 8, panel: machine.throttled(tuning) },
                { width: 8, panel: machine.clocks(tuning) },
              ],
            },
          ],
        },
        {
          title: 'Processes, disks and network',
          collapsed: true,
          bands: [
            {
              height: 7,
              panels: [
                { width: 8, panel: machine.processCpu() },
                { width: 8, panel: machine.processMemory() },
                { width: 8, panel: machine.kills() },
              ],
            },
            {
              height: 7,
              panels: [
                { width: 6, panel: machine.diskIo() },
                { width: 6, panel: machine.networkIo() },
                { width: 6, panel: machine.pressure() },
                { width: 6, panel: machine.swapping() },
              ],
            },
          ],
        },
      ],
    ),
  });
