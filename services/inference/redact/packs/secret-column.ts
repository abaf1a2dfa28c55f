const IS_SECRET_NAME =
  /(?:passw(?:or)?d|passphrase|pwd|passcode|secret|api[._-]?key|api[._-]?token|access[._-]?key|auth[._-]?token|private[._-]?key|token|(?<![a-z])(?:pw|pass)|密码|口令|密钥)[\s"'`*]{0,3}$/i;
const INSERTS = /values/i;
const INSERTED = /\(([^()]{1,80})\)\s{0,4}values\s{0,2}\(([^()]{0,60})$/i;

/** Whether the head of the column, or the list of columns of an insert, says that what follows is secret. */
export const isInSecretColumn = (before: string): boolean => {
  const [, names, values] = INSERTS.test(before) ? (INSERTED.exec(before) ?? []) : [];
  if (names !== undefined && values !== undefined) {
    return IS_SECRET_NAME.test(names.split(',')[values.split(',').length - 1] ?? '');
  }
  // The head of a table stands on a line before.
  const line = before.lastIndexOf('\n');
  if (line === -1) return false;
  const row = before.slice(line + 1);
  const [separator] = /[|\t;,](?=[\s"'`]{0,3}$)/.exec(row) ?? [];
  if (separator === undefined) return false;
  const cell = row.split(separator).length - 1;
  const [head = '', next = ''] = before.split('\n', 2);
  return [head, next].some((line) => IS_SECRET_NAME.test(line.split(separator)[cell] ?? ''));
};
