import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { BodyBudget } from './body-budget.ts';
import type { Exchange } from './exchange.ts';
import { isDeeperThan } from './json-depth.ts';
import { memberProblem } from './json-members.ts';

export type BodyLimits = Pick<
  Config['server'],
  'maxBodyBytes' | 'maxJsonDepth' | 'bodyTimeoutMs' | 'minBodyBytesPerSecond' | 'maxBodiesBytes'
>;

/** How often the pace of a body is judged. */
const PACE_MS = 5000;

const JSON_TYPE = /^application\/json[\t ]*(?:;[\t ]*charset[\t ]*=[\t ]*"?utf-?8"?[\t ]*)?;?[\t ]*$/i;

/** Reads one JSON body within the limits; each way to be wrong has its own code. */
export const readJson = async (exchange: Exchange, limits: BodyLimits, budget: BodyBudget): Promise<unknown> => {
  checkBodyHead(exchange.incoming.headers, limits);
  const bytes = await readBytes(exchange, limits, budget);
  exchange.bytesReceived = bytes.length;
  if (bytes.length === 0) throw malformed('body: expected JSON, got an empty body; send one JSON object');
  if (!isUtf8(bytes)) throw malformed('body: expected UTF-8, got bytes that are not; encode the JSON as UTF-8');
  const text = bytes.toString('utf8');
  if (isDeeperThan(text, limits.maxJsonDepth)) {
    throw malformed(`body: expected JSON at most ${limits.maxJsonDepth} levels deep, got more; flatten it`);
  }
  const value = parse(text);
  const problem = memberProblem(text, value);
  if (problem !== undefined) throw malformed(`body: ${problem}`);
  return value;
};

/** Throws where the head says of a body that it would not be taken. */
export const checkBodyHead = (headers: IncomingHttpHeaders, limits: Pick<BodyLimits, 'maxBodyBytes'>): void => {
  const type = headers['content-type'];
  if (type !== 'application/json' && !JSON_TYPE.test(type ?? '')) {
    const got = type === undefined ? 'none' : 'another';
    const message = `content-type: expected application/json (UTF-8), got ${got}; send \`content-type: application/json\``;
    throw new ServiceError('ERR_HTTP_CONTENT_TYPE', message);
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    const message = 'content-encoding: expected none, got a compressed body; send the JSON as it is';
    throw new ServiceError('ERR_HTTP_CONTENT_TYPE', message);
  }
  // Node refuses a head with a length that is not a number, so this is one or absent.
  if (Number(headers['content-length'] ?? 0) > limits.maxBodyBytes) throw tooLarge(limits);
};

const tooLarge = ({ maxBodyBytes }: Pick<BodyLimits, 'maxBodyBytes'>) =>
  new ServiceError('ERR_HTTP_BODY_TOO_LARGE', `body: expected at most ${maxBodyBytes} bytes, got more; send less`, {
    details: { maxBodyBytes },
  });

const tooSlow = ({ bodyTimeoutMs }: BodyLimits) =>
  new ServiceError(
    'ERR_HTTP_BODY_TIMEOUT',
    `body: expected within ${bodyTimeoutMs} ms, still incomplete; send it at once`,
    {
      details: { bodyTimeoutMs },
    },
  );

const malformed = (message: string) => new ServiceError('ERR_HTTP_JSON_MALFORMED', message);

const tooLazy = ({ minBodyBytesPerSecond }: BodyLimits) =>
  new ServiceError(
    'ERR_HTTP_BODY_TIMEOUT',
    `body: expected at least ${minBodyBytesPerSecond} bytes per second, got fewer; send it at once`,
    { details: { minBodyBytesPerSecond } },
  );

// The announced length may lie and chunks announce none, so what arrives is counted as well.
const readBytes = ({ incoming, outgoing }: Exchange, limits: BodyLimits, budget: BodyBudget): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    if (incoming.headers.expect === '100-continue') outgoing.writeContinue();
    const chunks: Buffer[] = [];
    let length = 0;
    let isSettled = false;
    let stopTimers: (() => void) | undefined;
    const settle = (error?: Error) => {
      isSettled = true;
      stopTimers?.();
      budget.giveBack(length);
      incoming.off('data', onData).off('end', onEnd).off('close', onClose);
      if (error === undefined) {
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length));
      } else {
        incoming.pause();
        reject(error);
      }
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      budget.take(chunk.length);
      if (length > limits.maxBodyBytes) settle(tooLarge(limits));
      else if (budget.isSpent) settle(budget.refusal());
      else chunks.push(chunk);
    };
    const onEnd = () => settle();
    const onClose = () => settle(malformed('body: the connection closed before it was complete'));
    // A body that came with its head is parsed by then: it cannot be late, and costs no timers.
    process.nextTick(() => {
      if (!isSettled && !incoming.complete) stopTimers = startTimers(limits, () => length, settle);
    });
    incoming.on('data', onData).on('end', onEnd).on('close', onClose);
  });

const startTimers = (limits: BodyLimits, received: () => number, fail: (error: Error) => void): (() => void) => {
  const timer = setTimeout(() => fail(tooSlow(limits)), limits.bodyTimeoutMs);
  const pacer = watchPace(limits, received, () => fail(tooLazy(limits)));
  return () => {
    clearTimeout(timer);
    clearInterval(pacer);
  };
};

// Bodies arrive at once nearly always; a timer for their pace would not fire before the one for all of them.
const watchPace = (limits: BodyLimits, received: () => number, onLazy: () => void): NodeJS.Timeout | undefined => {
  const { minBodyBytesPerSecond, bodyTimeoutMs } = limits;
  if (minBodyBytesPerSecond === 0 || bodyTimeoutMs <= PACE_MS) return undefined;
  let before = 0;
  return setInterval(() => {
    const now = received();
    if (now - before < (minBodyBytesPerSecond * PACE_MS) / 1000) onLazy();
    before = now;
  }, PACE_MS);
};

// V8's message quotes the text around the fault, which may be a prompt: only the position goes out.
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = error instanceof SyntaxError ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
    const where = position === undefined ? '' : ` at character ${position}`;
    throw malformed(
      `body: expected JSON, got text that is not JSON${where}; NaN, comments and single quotes are not JSON`,
    );
  }
};
