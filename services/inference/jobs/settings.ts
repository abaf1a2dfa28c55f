import type { Config } from '../../../core/config/schema.ts';
import type { ConnectorOptions } from '../../../core/egress/connector.ts';
import { createEgress, type Egress } from '../../../core/egress/egress.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import { type CallbackRules, compileCallbackRules } from './callback-url.ts';

interface Deps {
  readonly network: Omit<ConnectorOptions, 'allowAddresses'>;
  readonly log: Pick<Logger, 'warn'>;
}

/** The settings of jobs as they apply now, and what is compiled from them. */
export interface Settings {
  config(): Config['jobs'];
  rules(): CallbackRules;
  egress(): Egress;
  update(config: Config['jobs']): void;
  stop(): Promise<void>;
}

/** Holds the current settings; readers ask at every use and so see a change at once. */
export const createSettings = (first: Config['jobs'], { network, log }: Deps): Settings => {
  let config = first;
  let rules = compileRules(config, log);
  let egress = createEgress({ ...network, allowAddresses: config.callbacks.allowAddresses });
  return {
    config: () => config,
    rules: () => rules,
    egress: () => egress,
    update(next) {
      const hasNewNetworks = String(next.callbacks.allowAddresses) !== String(config.callbacks.allowAddresses);
      config = next;
      rules = compileRules(next, log);
      if (!hasNewNetworks) return;
      // Deliveries under way are broken off and tried again, so that no connection outlives the rule that allowed it.
      void egress.close();
      egress = createEgress({ ...network, allowAddresses: next.callbacks.allowAddresses });
    },
    stop: () => egress.close(),
  };
};

const compileRules = ({ callbacks }: Config['jobs'], log: Deps['log']): CallbackRules => {
  const rules = compileCallbackRules(callbacks.allow);
  for (const entry of rules.unreadable) {
    const message = `jobs.callbacks.allow: expected a host, host:port or origin, got "${entry}"; it allows nothing`;
    log.warn('callback.entry_ignored', {}, message);
  }
  return rules;
};
