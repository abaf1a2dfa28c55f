import { type EgressHost, readEgressHost } from '../config/egress-host.ts';
import { covers, type DataClass, type Purpose } from '../config/egress-words.ts';
import { createNetworks } from './addresses.ts';

/** One permission to leave; plain data, because child processes get the same rows. */
export interface EgressRow {
  /** A name, `*.name`, an address or a network, with an optional port. */
  readonly host: string;
  readonly purpose: Purpose;
  readonly dataClass: DataClass;
  /** The setting that names it, for what counts as declared without standing in `egress.allow`. */
  readonly impliedBy?: string;
}

/** Where one request wants to go. */
export interface Target {
  /** As the URL parser gives it, addresses without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What one kind of request may do; asked at every request and every connection. */
export interface Gate {
  /** Why the host may not be asked; `undefined`: it may. */
  refusal(target: Target): string | undefined;
  /** May this address be connected to although it is not public? */
  hasAddress(address: string, port: number): boolean;
  /** Grows when something that was allowed is no longer: connections made before are used no more. */
  revision(): number;
}

/** Everything that may leave. */
export interface EgressPolicy {
  rows(): readonly EgressRow[];
  gate(purpose: Purpose, dataClass: DataClass): Gate;
  update(rows: readonly EgressRow[]): void;
}

interface CompiledRow extends EgressRow, Pick<EgressHost, 'kind' | 'port'> {
  /** For the host of a URL in the form the URL parser gives it, addresses without brackets. */
  readonly matches: (host: string) => boolean;
}

/** Compiles the rows; nothing is allowed but what they say. */
export const createPolicy = (initial: readonly EgressRow[]): EgressPolicy => {
  let rows = initial;
  let compiled = compile(initial);
  let revision = 0;
  const fitting = (purpose: Purpose, port: number) =>
    compiled.filter((row) => row.purpose === purpose && (row.port ?? port) === port);
  return {
    rows: () => rows,
    gate: (purpose, dataClass) => ({
      refusal: (target) => refusalOf(fitting(purpose, target.port), target, purpose, dataClass),
      hasAddress: (address, port) =>
        fitting(purpose, port).some((row) => row.kind === 'network' && row.matches(address)),
      revision: () => revision,
    }),
    update(next) {
      const kept = new Set(next.map(keyOf));
      if (rows.some((row) => !kept.has(keyOf(row)))) revision += 1;
      rows = next;
      compiled = compile(next);
    },
  };
};

// The schema refuses what cannot be read; what comes another way allows nothing.
const compile = (rows: readonly EgressRow[]): readonly CompiledRow[] =>
  rows.flatMap((row) => {
    const host = readEgressHost(row.host);
    return host === undefined ? [] : [{ ...row, kind: host.kind, port: host.port, matches: matcherOf(host) }];
  });

const matcherOf = ({ kind, value }: EgressHost): ((host: string) => boolean) => {
  if (kind === 'network') return createNetworks([value]).has;
  return kind === 'name' ? (host) => host === value : (host) => host.endsWith(`.${value}`);
};

const keyOf = ({ host, purpose, dataClass }: EgressRow): string => `${purpose} ${dataClass} ${host}`;

const refusalOf = (
  rows: readonly CompiledRow[],
  target: Target,
  purpose: Purpose,
  dataClass: DataClass,
): string | undefined => {
  const matching = rows.filter(({ matches }) => matches(target.host));
  if (matching.some((row) => covers(row.dataClass, dataClass))) return undefined;
  const row = `{ host: "${printTarget(target)}", purpose: ${purpose}, dataClass: ${dataClass} }`;
  const [narrow] = matching;
  if (narrow === undefined)
    return `expected a host that egress.allow names for ${purpose}, got ${printTarget(target)}; add ${row} there`;
  return `expected at most data of class ${narrow.dataClass} for ${printTarget(target)}, got ${dataClass}; change its row in egress.allow to ${row}`;
};

/** `host:port`, as a row would say it. */
export const printTarget = ({ host, port }: Target): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Where a URL leads. */
export const targetOf = (url: URL): Target => ({
  host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
  port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
});

/** Opens the way to the origin of one URL, wherever it is: for a client of ours that a person pointed there. */
export const gateTo = (url: URL): Gate => {
  const only = targetOf(url);
  return {
    refusal: ({ host, port }) =>
      host === only.host && port === only.port ? undefined : `expected ${printTarget(only)}, got another host`,
    hasAddress: (_address, port) => port === only.port,
    revision: () => 0,
  };
};
