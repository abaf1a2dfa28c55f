/** How the target of a request reads: a path, or why it is none. */
export type Target =
  | { readonly isPath: true; readonly path: string; readonly authority?: string }
  | { readonly isPath: false; readonly problem: string };

/** Visible ASCII. A backslash is a slash to some parsers, and `#` never belongs into a request. */
const CLEAN = /^[!"$-[\]-~]*$/;
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;
const CONTROL = /%(?:[01][0-9a-f]|7f)/i;
const ABSOLUTE = /^https:\/\/([^/?]+)(\/[^?]*)?(\?.*)?$/i;

/**
 * Reads a request target in one way only. What two parsers could read differently is refused instead of normalised:
 * a proxy that allows `/docs/*` must not be talked past with `/docs/%2e%2e/api`.
 */
export const readTarget = (url: string): Target => {
  if (!CLEAN.test(url)) return no('a character that does not belong there');
  const absolute = url.startsWith('/') ? undefined : ABSOLUTE.exec(url);
  if (absolute === null) return url === '*' ? { isPath: true, path: url } : no('no path');
  const [, authority, path = '/', query = ''] = absolute ?? [];
  const target = absolute === undefined ? url : `${path}${query}`;
  const problem = problemOf(target);
  if (problem !== undefined) return no(problem);
  return { isPath: true, path: target, ...(authority === undefined ? {} : { authority }) };
};

const no = (problem: string): Target => ({ isPath: false, problem });

// Nearly every path has neither, and a look for one character is cheaper than an expression.
const problemOf = (target: string): string | undefined => {
  if (!target.includes('.') && !target.includes('%')) return undefined;
  const end = target.indexOf('?');
  const path = end === -1 ? target : target.slice(0, end);
  if (DOT_SEGMENT.test(path)) return 'a dot segment';
  return CONTROL.test(path) ? 'a control character' : undefined;
};
