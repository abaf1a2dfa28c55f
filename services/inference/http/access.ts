import type { Caller } from '../call.ts';
import { readAuthorization, readClientCertificate } from './credentials.ts';
import type { Exchange } from './exchange.ts';
import type { Gate } from './gate.ts';
import type { Operation } from './operation.ts';

/** Who asks; undefined where anybody at an allowed address may. Throws or rejects with the refusal. */
export type Verify = (exchange: Exchange) => Caller | undefined | Promise<Caller>;

/** Compiles what an operation asks of a credential. */
export const compileAccess = ({ access }: Operation, gate: Gate): Verify => {
  // The address was checked before the route was known.
  if (access === 'address') return () => undefined;
  // Known from here on, so that what refuses the request later can say whose it was.
  const admit = (exchange: Exchange, caller: Caller): Caller => {
    exchange.caller = caller;
    exchange.trace?.mark('authorized');
    if (access !== 'any') gate.requireScope(caller, access);
    return caller;
  };
  return (exchange) => {
    const { incoming, address } = exchange;
    exchange.trace?.mark('auth');
    const caller = gate.verify(readAuthorization(incoming), address, () => readClientCertificate(incoming));
    return caller instanceof Promise ? caller.then((known) => admit(exchange, known)) : admit(exchange, caller);
  };
};

/** Notes which operation a request is for. */
export const enter = (exchange: Exchange, operation: Operation): Exchange => {
  exchange.route = operation.path;
  exchange.isInference = operation.access === 'inference' && operation.method === 'post';
  exchange.dialect = operation.dialect;
  return exchange;
};
