import { ServiceError } from '../../../core/errors/service-error.ts';
import { usageOfGuesses } from '../engine.ts';
import type { Sampled } from './decoder.ts';
import type { Task } from './task.ts';

/** Passes on what was sampled for a task; false when that was its end. */
export const deliver = (task: Task, sampled: Sampled): boolean => {
  if (sampled.kind === 'end') return finish(task, 'stop');
  if (sampled.kind === 'impossible') {
    task.sink.failed(sampled.reason === 'logits' ? brokenNumbers() : deadEnd());
    return false;
  }
  task.tokens.push(sampled.token);
  task.written += 1;
  const { text, details, isEnd } = task.text.push(sampled.token, sampled.logprob);
  if (!task.sink.tokens(text, 1, details, task.guesses)) return false;
  if (isEnd) return finish(task, 'stop');
  return task.written < task.limit || finish(task, 'length');
};

const finish = ({ text, sink, guesses }: Task, reason: 'stop' | 'length'): false => {
  const rest = text.end();
  const isNothing = rest.text === '' && rest.details === undefined;
  if (isNothing || sink.tokens(rest.text, 0, rest.details, guesses)) {
    sink.finished(reason === 'stop' ? (rest.reason ?? reason) : reason, usageOfGuesses(guesses));
  }
  return false;
};

const brokenNumbers = (): ServiceError =>
  new ServiceError(
    'ERR_ENGINE_FAILED',
    'the model computed values that are no numbers; its file may be damaged, or this back-end cannot run it',
  );

const deadEnd = (): ServiceError =>
  new ServiceError('ERR_ENGINE_GRAMMAR', 'responseFormat: no token of this model can go on with the grammar');
