import { stringify } from 'yaml';
import type { AlertmanagerConfig } from '../../core/config/schema.ts';
import { inhibitRules, type Symptoms } from './inhibition.ts';
import { type Mail, mailServer } from './mail/mail.ts';
import { timeIntervals } from './mute-times.ts';
import { receivers } from './receivers.ts';
import { routeTree } from './routes.ts';

export interface AlertmanagerOptions {
  readonly alertmanager: AlertmanagerConfig;
  /** Undefined: none is sent. */
  readonly mail: Mail | undefined;
  /** File with what `renderMailTemplates` gave. */
  readonly templateFile: string;
  /** Where the actions service answers; undefined: there is none, or not yet. */
  readonly actions: ActionsAddress | undefined;
  /** File with the bearer token that it wants. */
  readonly hookTokenFile: string;
  readonly symptoms: Symptoms;
}

/** The way to the actions service. */
export interface ActionsAddress {
  /** Such as `http://127.0.0.1:9900`. */
  readonly url: string;
  /** `tls_config` of the webhooks, where it has a certificate. */
  readonly tls?: object;
}

/** `alertmanager.yml`, for Debian's 0.25 and whatever came after it. Every file in it is named from the root. */
export const renderAlertmanager = (options: AlertmanagerOptions): string => {
  const { alertmanager, mail, templateFile, symptoms } = options;
  return stringify(
    {
      ...(mail === undefined ? {} : { global: mailServer(mail), templates: [templateFile] }),
      time_intervals: timeIntervals(alertmanager.muteTimes),
      route: routeTree(alertmanager),
      inhibit_rules: inhibitRules(symptoms),
      receivers: receivers(options),
    },
    // It is read as YAML 1.1, where 22:00 is a number.
    { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false },
  );
};
