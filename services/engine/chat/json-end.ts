/**
 * Finds where a JSON value that arrives in pieces ends: a grammar keeps a model on the path, but leaves it free to go
 * on with white space, or forces it to. Returns the length of the piece that still belongs to the value, or `undefined`
 * while the value is open.
 */
export const createJsonEnd = (): ((piece: string) => number | undefined) => {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let isInScalar = false;

  /** True when the value is complete before (`at`) or with (`at + 1`) this character. */
  const read = (character: string, at: number): number | undefined => {
    if (isInString) {
      if (isEscaped) isEscaped = false;
      else if (character === '\\') isEscaped = true;
      else if (character === '"') {
        isInString = false;
        if (depth === 0) return at + 1;
      }
      return undefined;
    }
    if (isInScalar) return isSpace(character) ? at : undefined;
    if (character === '"') isInString = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && !isSpace(character)) isInScalar = true;
    return undefined;
  };

  return (piece) => {
    for (let at = 0; at < piece.length; at += 1) {
      const end = read(piece.charAt(at), at);
      if (end !== undefined) return end;
    }
    return undefined;
  };
};

const isSpace = (character: string): boolean => character.trim() === '';
