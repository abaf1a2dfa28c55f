import type { DataClass } from '../../../core/config/egress-words.ts';
import type { Config, ModelConfig } from '../../../core/config/schema.ts';
import { mayLeave, upstreamTarget } from '../../../core/egress/implied.ts';
import type { EgressPolicy } from '../../../core/egress/policy.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';

/** Decides which requests may be answered by a model on another machine. */
export interface Leaving {
  /** Why requests of this scenario (absent: of none) must not go to this model; `undefined`: they may. */
  refusal(model: ModelConfig, scenario: string | undefined): string | undefined;
  /** Throws ERR_MODELS_EGRESS with that reason. */
  check(modelId: string, scenario: string | undefined): void;
}

export interface LeavingOptions {
  /** Read at every request, because both change while running. */
  readonly config: () => Pick<Config, 'models' | 'scenarios'>;
  readonly policy: Pick<EgressPolicy, 'rows' | 'gate'>;
  /** What a request of this scenario carries once it is on its way: `redacted` where redaction is certain to have run. */
  readonly carries: (scenario: string | undefined) => DataClass;
}

/** Two permissions are needed: the scenario's, and a row for the host that covers what the request carries. */
export const createLeaving = ({ config, policy, carries }: LeavingOptions): Leaving => {
  const refusal: Leaving['refusal'] = (model, scenario) => {
    if (!mayLeave(model, policy.rows())) return undefined;
    if (scenario !== undefined && !permits(config().scenarios, scenario)) {
      return `requests of scenario ${scenario} may not leave this machine; set scenarios.${scenario}.egress: true if they should`;
    }
    const target = upstreamTarget(model);
    const dataClass = carries(scenario);
    if (target === undefined || policy.gate('upstream', dataClass).refusal(target) === undefined) return undefined;
    // Not where that is: clients need not know the hosts behind this one.
    return `no row of egress.allow lets data of class ${dataClass} go to its host; \`clawdbot egress list\` shows the rows`;
  };
  return {
    refusal,
    check(modelId, scenario) {
      const model = config().models.find(({ id }) => id === modelId);
      const reason = model === undefined ? undefined : refusal(model, scenario);
      if (reason !== undefined) throw staysHere(`model ${modelId} runs on another machine: ${reason}`, scenario);
    },
  };
};

// hasOwn: a scenario may be called like something every object inherits. One that is not configured permits nothing.
const permits = (scenarios: Config['scenarios'], name: string): boolean =>
  Object.hasOwn(scenarios, name) && scenarios[name]?.egress === true;

/** The refusal of a request that would have to leave the machine and must not. */
export const staysHere = (message: string, scenario: string | undefined): ServiceError =>
  new ServiceError('ERR_MODELS_EGRESS', message, { details: { scenario: scenario ?? null } });
