const QUOTE = 0x22;
const COLON = 0x3a;

/**
 * What is wrong with the names in a JSON text, given what it parsed to: one that is there twice, of which another parser
 * (a proxy, a filter, an audit) may have seen the other one, or one that reaches for the prototype of an object.
 * The value is plain data no deeper than `server.maxJsonDepth`.
 */
export const memberProblem = (text: string, value: unknown): string | undefined => {
  const counted = { members: 0, isPoison: false };
  count(value, counted);
  if (counted.isPoison) return 'expected no `__proto__` and no `constructor.prototype`, got one; leave it out';
  if (membersIn(text) === counted.members) return undefined;
  return 'expected each name once per object, got one twice; send it once';
};

// Outside of strings a colon stands behind a name and nowhere else, so no names have to be kept and compared.
const membersIn = (text: string): number => {
  let members = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === COLON) members++;
    else if (code === QUOTE) index = endOfString(text, index + 1);
  }
  return members;
};

const endOfString = (text: string, from: number): number => {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
};

const count = (value: unknown, counted: { members: number; isPoison: boolean }): void => {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const entry of value) count(entry, counted);
    return;
  }
  // Safe: an object that is no array, out of JSON.parse.
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members)) {
    const member = members[name];
    counted.members++;
    if (name === '__proto__' || (name === 'constructor' && hasPrototype(member))) counted.isPoison = true;
    count(member, counted);
  }
};

const hasPrototype = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
