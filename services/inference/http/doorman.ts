import { ServiceError, toServiceError } from '../../../core/errors/service-error.ts';
import { compileAccess, enter, type Verify } from './access.ts';
import { type BodyLimits, checkBodyHead } from './body.ts';
import { dialectOf } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Gate } from './gate.ts';
import type { Operation } from './operation.ts';
import { compileRoutes } from './route-table.ts';

/** Why a request goes no further; undefined: its handler decides. */
export type Doorman = (exchange: Exchange) => ServiceError | undefined;

interface Options {
  readonly operations: readonly Operation[];
  readonly gate: Gate;
  readonly limits: Pick<BodyLimits, 'maxBodyBytes'>;
  /** Why the service can take no more work now. */
  readonly shed?: () => ServiceError | undefined;
}

interface Door {
  readonly operation: Operation;
  readonly verify: Verify;
  readonly shed: Options['shed'];
}

/** What reads the same to every parser: of anything else the router finds out what it is. */
const PLAIN_PATH = /^\/[a-z0-9/_.~-]*$/i;
const PLAIN_HOST = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/;

/**
 * Refuses what the head of a request is enough to refuse: no such route, no good credential, no room, a body too large. It
 * stands before the router, because a flood of such requests must not cost what it takes to answer one: no Request, no
 * promise, no timer. What it finds out of the others is kept for their handlers. Not over HTTP/2: there a refusal before
 * the body has to reset the stream, and a client refused too often at once would lose its connection.
 */
export const createDoorman = ({ operations, gate, limits, shed }: Options): Doorman => {
  const routes = compileRoutes(operations);
  const doors = new Map<string, Door>();
  for (const operation of operations) {
    if (operation.path.includes('{')) continue;
    const sheds = operation.body !== undefined && operation.sheds === true;
    const door = { operation, verify: compileAccess(operation, gate), shed: sheds ? shed : undefined };
    doors.set(`${operation.method.toUpperCase()} ${operation.path}`, door);
  }

  const pass = (exchange: Exchange, { operation, verify, shed }: Door): ServiceError | undefined => {
    const verified = verify(enter(exchange, operation));
    exchange.verified = verified;
    if (verified instanceof Promise) {
      // The handler waits for it, and goes on from there; where the router refuses first, nobody does.
      verified.catch(() => undefined);
      return undefined;
    }
    const refusal = shed?.();
    if (refusal === undefined && operation.body !== undefined) checkBodyHead(exchange.incoming.headers, limits);
    return refusal;
  };

  return (exchange) => {
    const { url = '', method = '', headers, httpVersionMajor } = exchange.incoming;
    if (httpVersionMajor !== 1) return undefined;
    const end = url.indexOf('?');
    const path = end === -1 ? url : url.slice(0, end);
    if (!PLAIN_PATH.test(path) || !PLAIN_HOST.test(headers.host ?? '')) return undefined;
    const door = doors.get(`${method} ${path}`);
    try {
      if (door !== undefined) return pass(exchange, door);
    } catch (error) {
      return toServiceError(error);
    }
    if (routes.methodsAt(path).length > 0) return undefined;
    exchange.dialect = dialectOf(path);
    return noSuchRoute();
  };
};

/** The refusal of a path that no operation has. */
export const noSuchRoute = (): ServiceError =>
  new ServiceError('ERR_HTTP_NOT_FOUND', 'no such route; see /docs for the routes');
