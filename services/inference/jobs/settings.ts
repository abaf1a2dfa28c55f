import type { Config } from '../../../core/config/schema.ts';
import { createNetworks } from '../../../core/egress/addresses.ts';
import type { ConnectorOptions } from '../../../core/egress/connector.ts';
import { createEgress, type Egress, type EgressOptions } from '../../../core/egress/egress.ts';
import { callbackRows } from '../../../core/egress/implied.ts';
import type { EgressNote } from '../../../core/egress/ledger.ts';
import { createPolicy } from '../../../core/egress/policy.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import { type CallbackRules, compileCallbackRules } from './callback-url.ts';

interface Deps {
  readonly network: Pick<ConnectorOptions, 'resolve' | 'connect'>;
  readonly note: (note: EgressNote) => void;
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
export const createSettings = (first: Config['jobs'], { network, note, log }: Deps): Settings => {
  let config = first;
  let rules = compileRules(config, log);
  const policy = createPolicy(callbackRows(config.callbacks));
  const open = () => createEgress({ ...network, ...doorOf(policy, config, note) });
  let egress = open();
  return {
    config: () => config,
    rules: () => rules,
    egress: () => egress,
    update(next) {
      const hasNewNetworks = String(next.callbacks.allowAddresses) !== String(config.callbacks.allowAddresses);
      config = next;
      rules = compileRules(next, log);
      policy.update(callbackRows(next.callbacks));
      if (!hasNewNetworks) return;
      // Deliveries under way are broken off and tried again, so that no connection outlives the rule that allowed it.
      void egress.close();
      egress = open();
    },
    stop: () => egress.close(),
  };
};

/** Hosts as `allow` names them; an address that is not public counts only where `allowAddresses` says so too. */
const doorOf = (
  policy: ReturnType<typeof createPolicy>,
  { callbacks }: Config['jobs'],
  note: Deps['note'],
): Pick<EgressOptions, 'gate' | 'note'> => {
  const errand = { purpose: 'callback', dataClass: 'prompt' } as const;
  return {
    gate: {
      ...policy.gate(errand.purpose, errand.dataClass),
      hasAddress: createNetworks(callbacks.allowAddresses).has,
    },
    note: (destination, outcome) => note({ ...errand, destination, outcome }),
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
