import type { HTTP_REFUSALS } from '../../../core/telemetry/metrics.ts';

/** Why something was refused or cut: a label of `clawdbot.http.refused`. */
export type RefusalReason = (typeof HTTP_REFUSALS)[number];

export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly connectionsPerSecond: number;
}

export type Verdict =
  | { readonly isWelcome: true; readonly leaves?: Place }
  | { readonly isWelcome: false; readonly reason: RefusalReason };

/** One open connection. */
export interface Place {
  /** Undefined for a trusted proxy, which speaks for many clients. */
  readonly group: string | undefined;
  /** Requests under way. */
  busy: number;
  /** Ends it. */
  readonly close: () => void;
}

interface Group {
  readonly idle: Set<Place>;
  size: number;
  /** New connections it may make now; grows with time. */
  allowance: number;
  at: number;
}

/** Addresses remembered for their rate after their last connection closed. */
const MAX_GROUPS = 20_000;

/**
 * Who has a place. Where none is left, a new connection takes the place of the one that has been idle longest, so that
 * many silent connections cannot keep others out; a busy one is never ended for a new one.
 */
export class ConnectionLedger {
  readonly #limits: ConnectionLimits;
  readonly #now: () => number;
  readonly #places = new Set<Place>();
  readonly #groups = new Map<string, Group>();
  /** Longest idle first. */
  readonly #idle = new Set<Place>();

  constructor(limits: ConnectionLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Gives the connection a place, in the worst case that of another, which the caller then closes. */
  open(place: Place): Verdict {
    const group = place.group === undefined ? undefined : this.#groupOf(place.group);
    if (group !== undefined && !this.#mayDial(group)) return { isWelcome: false, reason: 'connection_rate' };
    const { maxConnections, maxConnectionsPerAddress } = this.#limits;
    const isGroupFull = group !== undefined && group.size >= maxConnectionsPerAddress;
    if (!isGroupFull && this.#places.size < maxConnections) return this.#seat(place, undefined);
    const [leaves] = isGroupFull ? group.idle : this.#idle;
    if (leaves === undefined) {
      return { isWelcome: false, reason: isGroupFull ? 'address_connections' : 'connections' };
    }
    this.close(leaves);
    return this.#seat(place, leaves);
  }

  /** A request begins. */
  begin(place: Place): void {
    place.busy += 1;
    if (place.busy > 1) return;
    this.#idle.delete(place);
    this.#groupIn(place)?.idle.delete(place);
  }

  /** A request has ended. */
  end(place: Place): void {
    place.busy -= 1;
    if (place.busy === 0 && this.#places.has(place)) this.#rest(place);
  }

  /** The connection is gone; may be called again. */
  close(place: Place): void {
    if (!this.#places.delete(place)) return;
    this.#idle.delete(place);
    const group = this.#groupIn(place);
    if (group === undefined) return;
    group.idle.delete(place);
    group.size -= 1;
  }

  get size(): number {
    return this.#places.size;
  }

  get idle(): number {
    return this.#idle.size;
  }

  /** Addresses that are remembered. */
  get groups(): number {
    return this.#groups.size;
  }

  #seat(place: Place, leaves: Place | undefined): Verdict {
    this.#places.add(place);
    const group = this.#groupIn(place);
    if (group !== undefined) group.size += 1;
    this.#rest(place);
    return leaves === undefined ? { isWelcome: true } : { isWelcome: true, leaves };
  }

  #rest(place: Place): void {
    this.#idle.add(place);
    this.#groupIn(place)?.idle.add(place);
  }

  #groupIn({ group }: Place): Group | undefined {
    return group === undefined ? undefined : this.#groups.get(group);
  }

  #groupOf(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    if (this.#groups.size >= MAX_GROUPS) this.#forget();
    const group = { idle: new Set<Place>(), size: 0, allowance: this.#burst, at: this.#now() };
    this.#groups.set(name, group);
    return group;
  }

  get #burst(): number {
    return this.#limits.maxConnectionsPerAddress;
  }

  #mayDial(group: Group): boolean {
    const now = this.#now();
    const grown = ((now - group.at) / 1000) * this.#limits.connectionsPerSecond;
    group.allowance = Math.min(this.#burst, group.allowance + grown);
    group.at = now;
    if (group.allowance < 1) return false;
    group.allowance -= 1;
    return true;
  }

  // Addresses without a connection; the oldest half goes, so that this is rare however many addresses come.
  #forget(): void {
    for (const [name, { size }] of this.#groups) {
      if (this.#groups.size <= MAX_GROUPS / 2) return;
      if (size === 0) this.#groups.delete(name);
    }
  }
}
