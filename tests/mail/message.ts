/** A message as it came, its parts decoded. */
export interface MailMessage {
  readonly from: string;
  readonly to: readonly string[];
  /** Who had logged in. */
  readonly user: string | undefined;
  readonly wasEncrypted: boolean;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

type Envelope = Pick<MailMessage, 'from' | 'to' | 'user' | 'wasEncrypted'>;

/** Reads a message of one part or of `multipart/alternative`, which is all that we send. */
export const readMessage = (raw: Buffer, envelope: Envelope): MailMessage => {
  const { headers, body } = split(raw.toString('latin1'));
  const [, boundary] = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '') ?? [];
  const parts = boundary === undefined ? [raw.toString('latin1')] : body.split(`--${boundary}`).slice(1, -1);
  const part = (type: string): string => {
    const found = parts.map(split).find((each) => each.headers['content-type']?.startsWith(type) === true);
    return found === undefined ? '' : decode(found.body, found.headers['content-transfer-encoding'] ?? '').trim();
  };
  return {
    ...{ ...envelope, headers, subject: decodeWords(headers.subject ?? '') },
    ...{ text: part('text/plain'), html: part('text/html') },
  };
};

const split = (text: string): { readonly headers: Record<string, string>; readonly body: string } => {
  const [head = '', ...rest] = text.replace(/^\r?\n/, '').split(/\r?\n\r?\n/);
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return { headers: Object.fromEntries(headers), body: rest.join('\r\n\r\n') };
};

const decode = (body: string, encoding: string): string => {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1').toString('utf8');
  return quoted(body.replace(/=\r?\n/g, '')).replaceAll('\r\n', '\n');
};

const quoted = (text: string): string =>
  Buffer.from(
    text.replace(/=([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    'latin1',
  ).toString('utf8');

/** Words such as `=?utf-8?q?caf=C3=A9?=` of a header. */
const decodeWords = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([qb])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b' ? Buffer.from(word, 'base64').toString('utf8') : quoted(word.replaceAll('_', ' ')),
    );
