import { type Action, type ActionContext, defineAction, type Firing } from '../action.ts';
import { type BreakerBounds, breakerBounds } from './bounds.ts';
import { type Breaking, createBreaker, type Incident } from './breaker.ts';

/**
 * Opens the breaker of models that cannot decode, so that callers hear it at once; a gateway that is dead starts half open. It
 * gives way as soon as a probe finds the service ready: it must never be what keeps an outage going.
 */
export const breakerAction = defineAction<unknown>({
  manifest: {
    id: 'action.breaker',
    kind: 'action',
    summary: 'Opens the circuit breaker in an outage, and half-opens it.',
  },
  config: (raw) => raw,
  bounds: (raw) => breakerBounds.parse(raw),
  start: async (context) => createAction(context, createBreaker(context)),
});

const createAction = ({ firing, decide }: Pick<ActionContext, 'firing' | 'decide'>, breaker: Breaking): Action => {
  /** Said at the last look, so that what goes on is said once. */
  const said = new Map<string, string>();

  const look = async (incident: Incident, signal: AbortSignal): Promise<void> => {
    try {
      const outcome = await breaker.look(incident, signal);
      if (outcome === undefined || outcome.reason === said.get(incident.id)) return;
      said.set(incident.id, outcome.reason);
      await decide({ action: 'breaker', incident: incident.id, ...outcome });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason === said.get(incident.id)) return;
      said.set(incident.id, reason);
      await decide({ action: 'breaker', incident: incident.id, outcome: 'retry', reason });
    }
  };

  return {
    async perform({ incident: id, status, alerts, bounds, dryRun }, signal) {
      const name = alerts[0]?.labels.alertname ?? 'unknown';
      if (status === 'resolved') return breaker.release(id, `${name} is over`);
      const outcome = await breaker.act({ id, name, bounds: bounds as BreakerBounds, isDry: dryRun }, signal); // checked by `bounds`
      said.set(id, outcome.reason);
      return outcome;
    },
    async tick(signal) {
      const incidents = firing().map(incidentOf);
      for (const incident of incidents) await look(incident, signal);
      const ids = new Set(incidents.map(({ id }) => id));
      for (const id of said.keys()) if (!ids.has(id)) said.delete(id);
      await breaker.forget(ids);
    },
    stop: async () => undefined,
  };
};

const incidentOf = ({ incident: id, alert, bounds, dryRun }: Firing): Incident => ({
  ...{ id, name: alert.labels.alertname ?? 'unknown', isDry: dryRun },
  bounds: bounds as BreakerBounds, // checked by `bounds`
});
