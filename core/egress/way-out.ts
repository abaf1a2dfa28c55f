import type { DataClass, Purpose } from '../config/egress-words.ts';
import type { Connect, ConnectionOptions, Resolve } from './connector.ts';
import { createEgress, type Egress } from './egress.ts';
import type { EgressNote } from './ledger.ts';
import { createPolicy, type EgressPolicy, type EgressRow, printTarget, type Target } from './policy.ts';

export interface WayOutOptions {
  readonly rows: readonly EgressRow[];
  /** Told of every attempt; in a child process, what sends it to the gateway. */
  readonly note?: (note: EgressNote) => void;
  readonly resolve?: Resolve;
  readonly connect?: Connect;
}

/** What one kind of request does, and how its connections are made. */
export interface Errand extends ConnectionOptions {
  readonly purpose: Purpose;
  readonly dataClass: DataClass;
  readonly headersTimeoutMs?: number;
  readonly bodyTimeoutMs?: number;
}

/** What another program is started for, which connects by itself. */
export interface ProgramErrand {
  readonly purpose: Purpose;
  readonly dataClass: DataClass;
  readonly program: string;
}

/** The only door of a process. Whoever needs the network opens an egress for its purpose here, and closes it. */
export interface WayOut {
  open(errand: Errand): Egress;
  /** Asks for a program that connects by itself: why its target is refused, or `undefined`. Takes note of a refusal. */
  refusal(errand: ProgramErrand, target: Target): string | undefined;
  /** Writes down that a program was started that connects to `destination` by itself. */
  noteProgram(errand: ProgramErrand, destination: string): void;
  /** Applies at the next request, also to what is open. */
  update(rows: readonly EgressRow[]): void;
  readonly policy: Pick<EgressPolicy, 'rows' | 'gate'>;
}

/** The door, closed but for these rows. */
export const createWayOut = ({ rows, note = () => {}, resolve, connect }: WayOutOptions): WayOut => {
  const policy = createPolicy(rows);
  const network = { ...(resolve === undefined ? {} : { resolve }), ...(connect === undefined ? {} : { connect }) };
  return {
    open: ({ purpose, dataClass, ...connection }) =>
      createEgress({
        ...network,
        ...connection,
        gate: policy.gate(purpose, dataClass),
        note: (destination, outcome) => note({ purpose, dataClass, destination, outcome }),
      }),
    refusal(errand, target) {
      const refusal = policy.gate(errand.purpose, errand.dataClass).refusal(target);
      if (refusal !== undefined) note({ ...errand, destination: printTarget(target), outcome: 'refused' });
      return refusal;
    },
    noteProgram: (errand, destination) => note({ ...errand, destination, outcome: 'sent' }),
    update: policy.update,
    policy,
  };
};
