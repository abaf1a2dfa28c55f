/**
 * True where an object at the top of a JSON text, or one inside it, names a field twice. `JSON.parse` takes the last
 * and other readers the first: two programs would see two different tokens (RFC 7519, 4). The text is valid JSON.
 */
export const hasDuplicateNames = (json: string): boolean => {
  const objects: Set<string>[] = [];
  const isObject: boolean[] = [];
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === '{') objects.push(new Set());
    if (token === '}') objects.pop();
    if (token === '{' || token === '[') isObject.push(token === '{');
    if (token === '}' || token === ']') isObject.pop();
    if (!token.endsWith(':') || isObject.at(-1) !== true) continue;
    const name = String(JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)));
    const names = objects.at(-1);
    if (names?.has(name)) return true;
    names?.add(name);
  }
  return false;
};
