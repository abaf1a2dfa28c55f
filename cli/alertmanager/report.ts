/** What there is to tell a person of the Alertmanager that `clawdbot up` starts. */
export type AlertmanagerReport =
  /** It is not on this machine; `isWanted`: the configuration insists. */
  | { readonly type: 'absent'; readonly isWanted: boolean }
  /** Absent `mail`: nobody gets any, for this reason. */
  | { readonly type: 'ready'; readonly url: string; readonly mail: string | undefined; readonly whyNoMail: string }
  | { readonly type: 'notice'; readonly level: 'info' | 'warn'; readonly text: string };
