import type { Config } from '../../core/config/schema.ts';
import { egressRows } from '../../core/egress/implied.ts';
import { createLedger, type EgressNote } from '../../core/egress/ledger.ts';
import type { EgressRow } from '../../core/egress/policy.ts';
import { createWayOut, type WayOut } from '../../core/egress/way-out.ts';
import type { Loggers } from '../../core/telemetry/log.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.ts';
import type { EgressView } from './http/routes/admin-egress.ts';
import type { EngineEgress } from './route/engine-egress.ts';

interface Deps {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Pick<Loggers, 'audit'>;
  readonly telemetry: Pick<Telemetry, 'counter'>;
}

/** What leaves this machine, for every process of the service: the door of this one, the rows of the others, the books. */
export interface LeaveControl {
  readonly wayOut: WayOut;
  readonly engines: EngineEgress;
  downloads(): { readonly rows: readonly EgressRow[]; readonly implied: boolean };
  note(note: EgressNote): void;
  view(): EgressView;
  /** Applies a new configuration to all of them. */
  update(config: Config): void;
}

/** Opens the books and the door. */
export const createLeaveControl = ({ config: initial, env, log, telemetry }: Deps): LeaveControl => {
  let config = initial;
  const ledger = createLedger({
    onNote: ({ purpose, outcome }) => telemetry.counter('egress', { purpose, outcome }),
    onNew: (note) => log.audit.info('egress.destination_first_seen', auditFields(note)),
    now: Date.now,
  });
  const wayOut = createWayOut({ rows: egressRows(config, env), note: ledger.note });
  const listeners = new Set<(rows: readonly EgressRow[]) => void>();
  const rowsFor = (purpose: EgressRow['purpose']) => wayOut.policy.rows().filter((row) => row.purpose === purpose);
  return {
    wayOut,
    engines: {
      rows: () => rowsFor('upstream'),
      note: ledger.note,
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    downloads: () => ({ rows: rowsFor('model-download'), implied: config.egress.implied }),
    note: ledger.note,
    view: () => ({ rows: wayOut.policy.rows(), seen: ledger.seen(), refusals: ledger.refusals() }),
    update(next) {
      config = next;
      wayOut.update(egressRows(next, env));
      for (const listener of listeners) listener(rowsFor('upstream'));
    },
  };
};

const auditFields = ({ purpose, dataClass, destination, outcome, program }: EgressNote) => ({
  'destination.address': destination,
  'event.outcome': outcome === 'sent' ? 'success' : 'failure',
  labels: { purpose, data_class: dataClass, outcome, ...(program === undefined ? {} : { program }) },
});
