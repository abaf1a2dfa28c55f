import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../../../core/errors/codes.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';

/** One piece of work for a process of its own, which ends with it. */
export interface Errand<Result> {
  /** What it does, for messages: `the quantiser`. */
  readonly name: string;
  /** The program; it answers through `serveErrand`. */
  readonly main: URL;
  /** Handed over as JSON. */
  readonly job: object;
  readonly result: z.ZodType<Result>;
  /** Share that is done, 0 to 1. */
  readonly onProgress?: ((ratio: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const isCode = (code: string): code is ErrorCode => code in ERROR_CODES;

const answers = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), ratio: z.number() }),
  z.object({ type: z.literal('done'), result: z.unknown() }),
  z.object({ type: z.literal('failed'), code: z.string().refine(isCode), message: z.string() }),
]);
export type ErrandAnswer = z.input<typeof answers>;

const KEPT_STDERR = 2000;

/** Runs native code away from this process: an abort in it becomes an error here. */
export const runErrand = async <Result>(errand: Errand<Result>): Promise<Result> => {
  const { main, signal } = errand;
  signal?.throwIfAborted();
  const child = fork(main, { serialization: 'json', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  const kill = (): void => void child.kill('SIGKILL');
  const closed = once(child, 'close');
  signal?.addEventListener('abort', kill, { once: true });
  try {
    return await Promise.race([answerOf(child, errand), endOf(child, errand)]);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', kill);
    kill();
    // What it held, files above all, is free only now.
    await closed.catch(() => undefined);
  }
};

const answerOf = <Result>(child: ChildProcess, { job, result, onProgress }: Errand<Result>): Promise<Result> => {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  child.on('message', (raw) => {
    const answer = answers.safeParse(raw);
    if (!answer.success) return reject(answer.error);
    switch (answer.data.type) {
      case 'progress':
        return onProgress?.(answer.data.ratio);
      case 'done': {
        const value = result.safeParse(answer.data.result);
        return value.success ? resolve(value.data) : reject(value.error);
      }
      case 'failed':
        return reject(new ServiceError(answer.data.code, answer.data.message));
    }
  });
  // A process that is gone already reports its end instead.
  child.send(job, () => {});
  return promise;
};

const endOf = <Result>(child: ChildProcess, { name }: Errand<Result>): Promise<never> => {
  const { promise, reject } = Promise.withResolvers<never>();
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-KEPT_STDERR);
  });
  child.on('error', reject);
  child.on('close', (code, signal) => {
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    const words = said.trim() === '' ? '' : `: ${tellingLine(said.trim().split('\n'))}`;
    reject(new ServiceError('ERR_ENGINE_DIED', `the process of ${name} ended ${how}${words}`));
  });
  return promise;
};

/** An assertion is followed by a stack that says less. */
const tellingLine = (lines: readonly string[]): string =>
  lines.find((line) => /assert|error|abort/i.test(line)) ?? lines.at(-1) ?? '';
