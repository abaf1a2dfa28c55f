import type { Config } from '../../core/config/schema.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.ts';
import type { Admission } from './admit/admission.ts';
import type { Chain } from './degrade.ts';
import { type HealthReport, healthOf } from './http/routes/health-report.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { LeaveControl } from './leave-control.ts';
import { toCandidates } from './models/candidate.ts';
import { chooseForScenario, chooseModel, type Wish } from './models/choose.ts';
import type { ModelFacts } from './models/facts.ts';
import { createLeaving, type LeavingOptions } from './models/leaving.ts';
import type { Route } from './route/route.ts';

interface Deps {
  readonly config: Config;
  readonly version: string;
  readonly route: Pick<Route<ModelFacts>, 'states'>;
  readonly admission: Pick<Admission, 'snapshot'>;
  readonly telemetry: Pick<Telemetry, 'gauge'>;
  readonly leave: Pick<LeaveControl, 'wayOut' | 'view'>;
  readonly carries: LeavingOptions['carries'];
}

/** What the parts say of themselves, put together for the routes that ask: health and the choice of a model. */
export const createStatus = ({ config: initial, version, route, admission, telemetry, leave, carries }: Deps) => {
  let config = initial;
  let jobs: Pick<Jobs, 'counts'> | undefined;
  let isDraining = false;
  let configProblem: string | undefined;

  const leaving = createLeaving({ config: () => config, policy: leave.wayOut.policy, carries });
  const candidates = (scenario: string) =>
    toCandidates(config.models, route.states(), (model) => leaving.refusal(model, scenario));
  const health = (): HealthReport =>
    healthOf({
      version,
      uptimeSeconds: Math.floor(process.uptime()),
      isDraining,
      models: route.states(),
      modelConfigs: config.models,
      engines: config.engines,
      admission: admission.snapshot(),
      jobs: countsOf(jobs),
      configProblem,
      egress: leave.view(),
    });
  telemetry.gauge('ready', () => [{ value: health().ready ? 1 : 0 }]);

  return {
    health,
    // The states are only read for a scenario: a request by id or for the default model is chosen without them.
    choose(wish: Wish): string {
      const { model, scenario } = wish;
      const known = model !== undefined || scenario === undefined ? [] : candidates(scenario);
      const chosen = chooseModel(wish, config, known);
      leaving.check(chosen, scenario);
      return chosen;
    },
    select: (wish: Wish & { readonly scenario: string }) => chooseForScenario(wish, config, candidates(wish.scenario)),
    /** What answers in place of the models of a scenario; absent: nothing does. */
    degrade(scenario: string | undefined): Chain | undefined {
      const chain = scenario === undefined ? undefined : config.scenarios[scenario]?.degrade;
      return chain === undefined || (chain.models.length === 0 && chain.cachedMs === 0) ? undefined : chain;
    },
    attach(source: Pick<Jobs, 'counts'>): void {
      jobs = source;
    },
    update(next: Config): void {
      config = next;
    },
    setDraining(): void {
      isDraining = true;
    },
    setConfigProblem(problem: string | undefined): void {
      configProblem = problem;
    },
  };
};

export type Status = ReturnType<typeof createStatus>;

const countsOf = (jobs: Pick<Jobs, 'counts'> | undefined): Readonly<Record<string, number>> | undefined => {
  try {
    return jobs?.counts();
  } catch {
    // The store closed or failed: a health page that fails with it would tell nobody.
    return undefined;
  }
};
