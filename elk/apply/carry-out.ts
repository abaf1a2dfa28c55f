import { ServiceError } from '../../core/errors/service-error.ts';
import { type Call, keyOf } from '../resource.ts';
import type { Step } from './plan.ts';
import { type Answer, reasonIn, type Server } from './server.ts';

/**
 * Takes the steps in their order. Where one fails, those before it are taken back, the last first: a store is as it was or
 * as it should be. Where even that fails, the message says what is left.
 */
export const carryOut = async (server: Server, steps: readonly Step[], onDone: (step: Step) => void): Promise<void> => {
  const done: Step[] = [];
  for (const step of steps.filter(({ action }) => action !== 'none')) {
    const problem = await put(server, step);
    if (problem === undefined) {
      done.push(step);
      onDone(step);
      continue;
    }
    // What failed without an answer may have been done all the same, so it is taken back as well.
    const left = await takeBack(server, [...done, step]);
    throw failure(server, step, problem, done.length, left);
  }
};

/** What makes a resource, or changes it. */
const callOf = ({ resource, action }: Step): Call =>
  action === 'create' ? (resource.create ?? resource.put) : resource.put;

const put = async (server: Server, step: Step): Promise<string | undefined> => {
  const answer = await server.ask(callOf(step)).catch(messageOf);
  if (typeof answer === 'string') return answer;
  return isDone(answer) ? undefined : `${answer.status}: ${reasonIn(answer.body)}`;
};

const isDone = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** The keys of what could not be taken back. */
const takeBack = async (server: Server, done: readonly Step[]): Promise<readonly string[]> => {
  const left: string[] = [];
  for (const step of done.toReversed()) if (!(await isTakenBack(server, step))) left.push(keyOf(step.resource));
  return left;
};

const isTakenBack = async (server: Server, { resource, found }: Step): Promise<boolean> => {
  const { put: wanted, previous } = resource;
  const call =
    found === undefined
      ? ({ method: 'DELETE', path: resource.get.path } as const)
      : { ...wanted, body: previous === undefined ? wanted.body : previous(found) };
  const answer = await server.ask(call).catch(() => undefined);
  return answer !== undefined && (isDone(answer) || answer.status === 404);
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const failure = (
  server: Server,
  step: Step,
  problem: string,
  before: number,
  left: readonly string[],
): ServiceError => {
  const { method, path } = callOf(step);
  const rest =
    left.length === 0
      ? `the ${before} changes before it were taken back`
      : `could not be taken back: ${left.join(', ')}; apply again when its cause is gone, it finishes what is half done`;
  return new ServiceError(
    'ERR_ELK_FAILED',
    `${server.title}: ${keyOf(step.resource)}: expected ${method} ${path} to be taken, got ${problem}; ${rest}`,
  );
};
