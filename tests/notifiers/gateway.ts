import type { ProviderKind } from './provider.ts';

interface Options {
  readonly token: string;
}

/**
 * An SMS gateway of no particular make, as small providers and modems in the cellar have it: JSON or a form, a bearer
 * token, a line of text as answer, and HTTP 200 also for what it did not send. A message id it has seen is taken once.
 */
export const smsGateway = ({ token }: Options): ProviderKind => {
  const seen = new Set<string>();
  return {
    answer({ headers, body, url }) {
      if (url.pathname !== '/sms') return { status: 404, body: 'not found' };
      if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: 'ERR 1 bad token' };
      const fields = headers['content-type']?.startsWith('application/json')
        ? JSON.parse(body)
        : Object.fromEntries(new URLSearchParams(body));
      const { mobile = '', content = '', ref = '' } = fields;
      if (!/^\+\d{7,15}$/.test(mobile)) return { status: 200, body: 'ERR 2 bad number' };
      if (ref !== '' && seen.has(`${ref} ${mobile}`)) return { status: 200, body: 'OK duplicate' };
      seen.add(`${ref} ${mobile}`);
      return { status: 200, body: 'OK 1', taken: { to: mobile, text: content } };
    },
    limited: () => ({ status: 200, body: 'ERR 9 slow down' }),
  };
};
