import type { ActionsAddress } from '../../alerting/alertmanager/render.ts';
import type { Config } from '../../core/config/schema.ts';
import { pinned } from '../programs/trust.ts';

/** Where it said that it answers, else where it will; undefined where there is none. */
export const actionsAddress = (
  { actions }: Pick<Config, 'actions'>,
  told: string | undefined,
): ActionsAddress | undefined => {
  if (!actions.enabled) return undefined;
  const expected =
    actions.port === 0 ? undefined : `${actions.tls.cert === undefined ? 'http' : 'https'}://127.0.0.1:${actions.port}`;
  const url = told ?? expected;
  if (url === undefined) return undefined;
  return { url, ...(actions.tls.cert === undefined ? {} : { tls: pinned(actions.tls.cert) }) };
};
