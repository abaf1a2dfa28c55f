import { ERROR_CODES } from '../../core/errors/codes.ts';
import { dialectOf } from '../../services/inference/http/errors.ts';
import type { AnswerCheck } from '../contract/api/document.ts';
import type { Received } from '../contract/api/http-clients.ts';
import type { Plan } from './plan.ts';

/** Statuses of failures that a client may meet when nothing is broken. */
const DOCUMENTED_FAILURES = [503, 504];

/** What is wrong with an answer, whatever was asked. */
export const problemsWith = (plan: Plan, received: Received, check: AnswerCheck): string[] => {
  const { status, headers, text } = received;
  const problems: string[] = [];
  if (typeof headers['x-request-id'] !== 'string') problems.push('no x-request-id');
  if (status >= 500 && !DOCUMENTED_FAILURES.includes(status)) problems.push(`status ${status}`);
  // Readiness answers 503 with a report; every error of that status says when to come again.
  if (status >= 500 && plan.operation !== 'getReadiness' && !(Number(headers['retry-after']) >= 1)) {
    problems.push(`${status} without retry-after`);
  }
  if (isStream(received) && /ERR_HTTP_INTERNAL|"internal_error"/.test(text)) problems.push('an internal error');
  if (plan.method === 'HEAD') return text === '' ? problems : [...problems, 'an answer to HEAD with a body'];
  if (plan.template === undefined) return [...problems, ...errorProblems(plan, received)];
  return [
    ...problems,
    ...check.problemsOf(plan.method.toLowerCase(), plan.template, received),
    ...endOf(received),
    ...errorProblems(plan, received),
  ];
};

const errorProblems = (plan: Plan, { status, headers, text }: Received): string[] => {
  if (status < 400 || plan.operation === 'getReadiness') return [];
  try {
    const { error } = JSON.parse(text);
    // The parser refuses such a head before there is a path to tell the dialect by, or after: both are documented.
    const isNative = dialectOf(plan.path) === 'native' || (status === 431 && 'requestId' in error);
    if (!isNative) {
      return typeof error.message === 'string' && typeof error.type === 'string' ? [] : ['not an error of the dialect'];
    }
    const row = Object.entries(ERROR_CODES).find(([code]) => code === error.code)?.[1];
    if (row?.status !== status) return [`${error.code} with status ${status}`];
    return error.requestId === headers['x-request-id'] ? [] : ['another request id than in the head'];
  } catch {
    return [`an error that is not JSON: ${text.slice(0, 100)}`];
  }
};

/** How streams say that they are whole; a stream that just stops looks like a short answer. */
const LAST = /"type":"(?:done|response\.(?:completed|failed|incomplete))"|\[DONE\]|event: (?:done|error)\n|"error":/;

const endOf = (received: Received): string[] => {
  if (!isStream(received)) return [];
  const { text } = received;
  const events = text.split('\n\n').filter((event) => event !== '' && !event.startsWith(':'));
  if (!/^data: (?!\[DONE\])/m.test(text)) return ['a stream without an event'];
  return LAST.test(events.at(-1) ?? '') ? [] : [`a stream that does not end: ${events.at(-1)?.slice(0, 200)}`];
};

const isStream = ({ status, headers }: Received): boolean =>
  status === 200 && String(headers['content-type']).startsWith('text/event-stream');
