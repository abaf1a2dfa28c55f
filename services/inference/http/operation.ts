import type { Context } from 'hono';
import type { ZodType, z } from 'zod';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { Caller, Scope } from '../call.ts';

/** Whose error shape an operation answers with. */
export type Dialect = 'native' | 'openai';

export interface AnswerDoc {
  readonly description: string;
  /** Media type to schema; absent for an empty body. */
  readonly content?: Readonly<Record<string, ZodType>>;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: ZodType }>>;
  /** Ids of operations that take what this answer says, to their parameters as runtime expressions of OpenAPI. */
  readonly links?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What a handler gets: everything parsed, the caller verified. */
export interface OperationRequest<Body, Query, Params> {
  readonly body: Body;
  readonly query: Query;
  readonly params: Params;
  /** Of an operation with `access: 'address'` this is undefined. */
  readonly caller: Caller;
  readonly requestId: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  readonly context: Context;
}

/**
 * One operation of the API: the same value registers the route, validates the request and documents it.
 * `Body`, `Query` and `Params` are zod schemas.
 */
export interface Operation<
  Body extends ZodType = ZodType,
  Query extends ZodType = ZodType,
  Params extends ZodType = ZodType,
> {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** OpenAPI form: `/api/v1/jobs/{id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /**
   * A scope; a list of which each will do, where a handler is told of no other scope the caller has; `any` for any valid
   * credential, `address` for no credential at all (an allowed address only).
   */
  readonly access: Scope | readonly [Scope, ...Scope[]] | 'any' | 'address';
  readonly dialect: Dialect;
  /** True where every request needs a place in the queue: when that is full, it is refused before its body is read. */
  readonly sheds?: true;
  readonly body?: Body;
  readonly query?: Query;
  readonly params?: Params;
  /** Request headers it reads, by lower-case name; documented here, checked by the handler. */
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: ZodType }>>;
  /** Errors of its own; those every operation can give are added. Default: any error of the stages behind it. */
  readonly errors?: readonly ErrorCode[];
  /** Status to answer; errors are added by the registry. */
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  handle(request: OperationRequest<z.output<Body>, z.output<Query>, z.output<Params>>): Response | Promise<Response>;
}

/** Checks the types of one operation against each other and forgets them, so that operations fit in one list. */
export const defineOperation = <Body extends ZodType, Query extends ZodType, Params extends ZodType>(
  operation: Operation<Body, Query, Params>,
): Operation =>
  // Safe: the registry parses each part with the very schema the handler was typed by.
  operation as unknown as Operation;
