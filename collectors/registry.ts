import { createRegistry } from '../core/plugins/host.ts';
import { amdCollector } from './gpu/amd/plugin.ts';
import { nvidiaSmiCollector } from './gpu/nvidia/plugin.ts';
import { ascendCollector } from './npu/ascend/plugin.ts';
import type { AcceleratorPlugin } from './reader.ts';

/** A plugin that checks its own raw options when it is started: all of them have one type then. */
export type AnyAccelerator = AcceleratorPlugin<unknown>;

const withOwnCheck = <Options>(plugin: AcceleratorPlugin<Options>): AnyAccelerator => ({
  manifest: plugin.manifest,
  config: (raw) => raw,
  start: (context) => plugin.start({ ...context, config: plugin.config(context.config) }),
});

const ACCELERATORS = createRegistry<AnyAccelerator>([
  withOwnCheck(nvidiaSmiCollector),
  withOwnCheck(amdCollector),
  withOwnCheck(ascendCollector),
]);

/** The readers of ours that `auto` looks with. */
export const acceleratorNames = (): string[] => ACCELERATORS.names('collector');

/** The reader of this name: one of ours, or the export `plugin` of a module. */
export const findAccelerator = (name: string): Promise<AnyAccelerator> => ACCELERATORS.resolve(name, 'collector');
