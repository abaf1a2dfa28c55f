import { emailConfigs } from './mail/mail.ts';
import type { AlertmanagerOptions } from './render.ts';

/** Who can be told; each but `email` is the last part of a path of the actions service. */
export type Receiver = 'email' | 'heartbeat' | 'sms' | 'circuit-break' | 'autoscale';

type Options = Pick<AlertmanagerOptions, 'mail' | 'actions' | 'hookTokenFile'>;

/** A receiver without anything to send takes alerts and is quiet. */
export const receivers = ({ mail, ...hooks }: Options) => [
  { name: 'email' satisfies Receiver, ...(mail === undefined ? {} : { email_configs: emailConfigs(mail) }) },
  webhook('heartbeat', hooks, false),
  webhook('sms', hooks),
  webhook('circuit-break', hooks),
  webhook('autoscale', hooks),
];

/** All alerts of a group in one request: those that were cut off would never be acted on. */
const webhook = (name: Receiver, { actions, hookTokenFile }: Omit<Options, 'mail'>, resolved = true) => ({
  name,
  ...(actions === undefined
    ? {}
    : {
        webhook_configs: [
          {
            url: `${actions.url}/hooks/${name}`,
            send_resolved: resolved,
            max_alerts: 0,
            http_config: {
              authorization: { type: 'Bearer', credentials_file: hookTokenFile },
              follow_redirects: false,
              ...(actions.tls === undefined ? {} : { tls_config: actions.tls }),
            },
          },
        ],
      }),
});
