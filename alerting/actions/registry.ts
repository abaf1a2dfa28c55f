import type { Config } from '../../core/config/schema.ts';
import type { ActionPlugin } from './action.ts';
import { breakerAction } from './breaker/plugin.ts';
import { createSmsAction } from './courier/plugin.ts';
import { emailAction } from './email/plugin.ts';
import { startNotifiers } from './notifiers.ts';
import { scaleAction } from './scale/plugin.ts';

/** An action and the part of the configuration that is its own. */
export interface ActionEntry {
  // biome-ignore lint/suspicious/noExplicitAny: what a plugin makes of its options is its own matter
  readonly plugin: ActionPlugin<any>;
  readonly options: (config: Config) => unknown;
}

/** The actions there are, by the name a row of the policy calls them: what follows `action.` in their id. One more is one row. */
export const ACTIONS: readonly ActionEntry[] = [
  { plugin: scaleAction, options: ({ scale, alerts, models, prometheus }) => ({ scale, alerts, models, prometheus }) },
  { plugin: breakerAction, options: () => ({}) },
  { plugin: createSmsAction(startNotifiers), options: ({ actions }) => actions },
  { plugin: emailAction, options: ({ email }) => email },
];
