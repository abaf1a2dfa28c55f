import { type Context, Hono } from 'hono';
import type { ZodType } from 'zod';
import { ServiceError, toServiceError } from '../../../core/errors/service-error.ts';
import type { Caller } from '../call.ts';
import { compileAccess, enter, type Verify } from './access.ts';
import { type BodyLimits, readJson } from './body.ts';
import { type BodyBudget, createBodyBudget } from './body-budget.ts';
import type { Cors } from './cors.ts';
import { noSuchRoute } from './doorman.ts';
import { dialectOf, renderError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Gate } from './gate.ts';
import type { HttpPrivacy } from './http-privacy.ts';
import type { Operation, OperationRequest } from './operation.ts';
import { type Problem, problemsOf } from './problems.ts';
import { compileRoutes } from './route-table.ts';

export interface AppOptions {
  readonly operations: readonly Operation[];
  readonly gate: Gate;
  readonly limits: BodyLimits;
  /** What pages of other origins may do; absent: nothing. */
  readonly cors?: Cors;
  /** Why the service can take no more work of this kind now; asked before a body is read. */
  readonly shed?: () => ServiceError | undefined;
  /** Throws while nothing may be changed or read without a record of it. */
  readonly checkAudit?: () => void;
  /** Told of every failure with what was thrown, before it is answered. */
  readonly onFailure: (exchange: Exchange, error: ServiceError, isAnswered: boolean) => void;
  readonly privacy?: Pick<HttpPrivacy, 'protect'>;
}

interface AppEnv {
  Bindings: Exchange;
}
type AppContext = Context<AppEnv>;
type AppAnswer = Response | Promise<Response>;

/** Builds the Hono application: one compiled handler per operation, no middleware. */
export const createApp = (options: AppOptions): Hono<AppEnv> => {
  const budget = createBodyBudget(options.limits.maxBodiesBytes);
  const routes = compileRoutes(options.operations);
  const app = new Hono<AppEnv>();
  for (const operation of options.operations) {
    app.on(operation.method.toUpperCase(), routes.patternOf(operation), compile(operation, options, budget));
  }
  app.notFound((context) => unmatched(context.env, context.req.path, routes.methodsAt(context.req.path), options));
  app.onError((error, context) => fail(context.env, error, options));
  return app;
};

const compile = (
  operation: Operation,
  options: AppOptions,
  budget: BodyBudget,
): ((context: AppContext) => AppAnswer) => {
  const verify = compileAccess(operation, options.gate);
  const parseParams = compileSchema(operation.params);
  const parseQuery = compileSchema(operation.query);

  const checkAudit = needsRecord(operation) ? options.checkAudit : undefined;

  const handle = (context: AppContext, caller: Caller | undefined, body: unknown): AppAnswer => {
    checkAudit?.();
    return operation.handle(
      requestOf(context, caller, {
        params: parseParams === undefined ? {} : parseParams(context.req.param()),
        query: parseQuery === undefined ? {} : parseQuery(context.req.query()),
        body,
      }),
    );
  };

  const { body } = operation;
  if (body === undefined) return withoutBody(operation, verify, handle, options);
  const parseBody = compileSchema(body);
  const shed = operation.sheds === true ? options.shed : undefined;
  return async (context) => {
    const exchange = enter(context.env, operation);
    try {
      const verified = exchange.verified ?? verify(exchange);
      const caller = verified instanceof Promise ? await verified : verified;
      const refusal = shed?.();
      if (refusal !== undefined) throw refusal;
      const raw = await readJson(exchange, options.limits, budget);
      return await handle(context, caller, parseBody === undefined ? raw : parseBody(raw));
    } catch (error) {
      return fail(exchange, error, options);
    }
  };
};

/** Inferences check for themselves, where they begin. */
const needsRecord = ({ access, method }: Operation): boolean =>
  access === 'audit' || (access === 'admin' && method !== 'get');

type Handle = (context: AppContext, caller: Caller | undefined, body: unknown) => AppAnswer;

// Stays synchronous where it can: the adapter then writes the answer without a promise in between.
const withoutBody =
  (operation: Operation, verify: Verify, handle: Handle, options: AppOptions) =>
  (context: AppContext): AppAnswer => {
    const exchange = enter(context.env, operation);
    const onError = (error: unknown) => fail(exchange, error, options);
    try {
      const caller = exchange.verified ?? verify(exchange);
      if (caller instanceof Promise) return caller.then((known) => handle(context, known, undefined)).catch(onError);
      const answer = handle(context, caller, undefined);
      return answer instanceof Promise ? answer.catch(onError) : answer;
    } catch (error) {
      return onError(error);
    }
  };

const compileSchema = (schema: ZodType | undefined): ((value: unknown) => unknown) | undefined => {
  if (schema === undefined) return undefined;
  return (value) => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const problems = problemsOf(result.error, schema, value);
    const message = summaryOf(problems);
    throw new ServiceError('ERR_HTTP_BODY_INVALID', message, { details: { problems } });
  };
};

const SHOWN_PROBLEMS = 3;

const summaryOf = (problems: readonly Problem[]): string => {
  const shown = problems.slice(0, SHOWN_PROBLEMS).map(({ message }) => message);
  const rest = problems.length - shown.length;
  return `${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
};

interface Parts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** What a handler gets. A class, because a getter in an object literal costs ten times as much to make. */
class HandlerRequest {
  readonly context: AppContext;
  readonly caller: Caller | undefined;
  readonly requestId: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;

  constructor(context: AppContext, caller: Caller | undefined, { params, query, body }: Parts) {
    this.context = context;
    this.caller = caller;
    this.requestId = context.env.requestId;
    this.params = params;
    this.query = query;
    this.body = body;
  }

  get signal(): AbortSignal {
    return this.context.env.signal;
  }
}

const requestOf = (context: AppContext, caller: Caller | undefined, parts: Parts) =>
  // Safe: a caller is absent only for `access: 'address'`, whose handlers are told so; the parts were parsed above.
  new HandlerRequest(context, caller, parts) as unknown as OperationRequest<never, never, never>;

const unmatched = (exchange: Exchange, path: string, methods: readonly string[], options: AppOptions): Response => {
  exchange.dialect = dialectOf(path);
  const allow = [...methods, 'OPTIONS'];
  if (methods.length === 0) {
    return fail(exchange, noSuchRoute(), options);
  }
  if (exchange.incoming.method === 'OPTIONS') {
    const preflight = options.cors?.preflight(exchange.incoming, allow);
    return new Response(null, { status: 204, headers: { allow: allow.join(', '), ...preflight } });
  }
  const message = `method: expected ${allow.join(', ')} on this route, got another`;
  return fail(exchange, new ServiceError('ERR_HTTP_METHOD', message, { details: { allow } }), options);
};

const fail = (exchange: Exchange, thrown: unknown, options: AppOptions): Response => {
  const error = toServiceError(thrown);
  const isAnswered = exchange.outgoing.headersSent;
  exchange.note({ errorCode: error.code });
  options.onFailure(exchange, error, isAnswered);
  // Too late for a status: cutting the connection is the only way left to say that the answer is not whole.
  if (isAnswered) exchange.outgoing.cut();
  const shown = options.privacy?.protect(error) ?? error;
  const { status, headers, body } = renderError(shown, exchange.dialect, exchange.requestId);
  return new Response(body, { status, headers });
};
