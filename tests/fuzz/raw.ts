import type { Random } from '../redaction/random.ts';
import { get, NATIVE, OPEN, post } from '../security/attack.ts';
import { type Door, dial } from '../security/send-http1.ts';

const SEEDS = [
  get(OPEN),
  get('/api/v1/jobs?limit=1', 'accept: text/event-stream', 'last-event-id: 1'),
  post(NATIVE, { prompt: 'hello', maxTokens: 3 }),
  post(NATIVE, { prompt: 'hello', stream: true }),
  post('/v1/chat/completions', { model: 'echo', messages: [{ role: 'user', content: 'hi' }] }, 'expect: 100-continue'),
  `POST ${NATIVE} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{"prompt":"abc"}\r\n0\r\n\r\n`,
];

/** A request as bytes with some of them changed, cut off or doubled. */
export const drawBytes = (token: string, random: Random): Buffer => {
  let bytes = Buffer.from(random.pick(SEEDS).replace('{token}', token), 'latin1');
  for (let turns = random.int(1, 3); turns > 0; turns -= 1) {
    const at = random.int(0, bytes.length);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const piece = random.pick([
      '\r\n',
      '\0',
      ' ',
      ':',
      '\n',
      '\u00ff',
      'content-length: 5\r\n',
      'transfer-encoding: chunked\r\n',
      'x'.repeat(20_000),
    ]);
    if (random.chance(0.3)) bytes = before;
    else if (random.chance(0.2)) bytes = Buffer.concat([bytes, bytes]);
    else bytes = Buffer.concat([before, Buffer.from(piece, 'latin1'), random.chance(0.5) ? after : after.subarray(1)]);
  }
  return bytes;
};

/** Statuses of the answers to those bytes. The client ends its side: a server that waits for the rest must notice. */
export const sendRaw = async (door: Door, bytes: Buffer): Promise<readonly number[]> => {
  const socket = await dial(door);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.end(bytes);
  });
  // `100 Continue` is an invitation, not an answer.
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)]
    .map(([, status]) => Number(status))
    .filter((status) => status !== 100);
};
