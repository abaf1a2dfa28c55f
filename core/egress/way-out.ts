import type { Socket } from 'node:net';
import type { DataClass, Purpose } from '../config/egress-words.ts';
import { ServiceError } from '../errors/service-error.ts';
import { type Connect, type ConnectionOptions, createConnector, type Resolve } from './connector.ts';
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
  /** A plain connection for a protocol other than HTTP, which encrypts by itself; whoever asks ends it. */
  connect(errand: Pick<Errand, 'purpose' | 'dataClass' | 'connectTimeoutMs'>, target: Target): Promise<Socket>;
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
    async connect({ purpose, dataClass, ...options }, target) {
      const gate = policy.gate(purpose, dataClass);
      const destination = printTarget(target);
      try {
        const refusal = gate.refusal(target);
        if (refusal !== undefined) throw new ServiceError('ERR_EGRESS_REFUSED', `outgoing connection: ${refusal}`);
        const socket = await connectPlainly(createConnector({ ...network, ...options, gate }), target);
        note({ purpose, dataClass, destination, outcome: 'sent' });
        return socket;
      } catch (error) {
        const isRefused = error instanceof ServiceError && error.code === 'ERR_EGRESS_REFUSED';
        note({ purpose, dataClass, destination, outcome: isRefused ? 'refused' : 'failed' });
        throw error;
      }
    },
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

const connectPlainly = (connect: Connect, { host, port }: Target): Promise<Socket> =>
  new Promise((resolve, reject) => {
    connect({ hostname: host, protocol: 'http:', port: String(port) }, (error, socket) => {
      // Asked of the error, because undici leaves the socket out where its types promise a null.
      if (error !== null) reject(error);
      else resolve(socket);
    });
  });
