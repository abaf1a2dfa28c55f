/** What there is to tell a person of the Prometheus that `clawdbot up` starts. */
export type PrometheusReport =
  /** It is not on this machine; `isWanted`: the configuration insists. */
  | { readonly type: 'absent'; readonly isWanted: boolean }
  | { readonly type: 'ready'; readonly url: string; readonly intervalMs: number; readonly retentionDays: number }
  | { readonly type: 'notice'; readonly level: 'info' | 'warn'; readonly text: string };
