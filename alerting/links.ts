/**
 * Where alerts lead: boards, their panels, and the views of logs. `dashboards/` builds each board under the uid, and each
 * panel under the number and title, that stand here; a test compares, so that an alert never points at nothing.
 */
export const BOARDS = {
  overview: { uid: 'clawdbot-overview', title: 'Overview' },
  inference: { uid: 'clawdbot-inference', title: 'Inference' },
  hardware: { uid: 'clawdbot-hardware', title: 'Hardware' },
  capacity: { uid: 'clawdbot-capacity', title: 'Engines & capacity' },
  reliability: { uid: 'clawdbot-reliability', title: 'Reliability' },
  security: { uid: 'clawdbot-security', title: 'Security & privacy' },
  logs: { uid: 'clawdbot-logs', title: 'Logs' },
  alerts: { uid: 'clawdbot-alerts', title: 'Alerts' },
} as const satisfies Record<string, { readonly uid: string; readonly title: string }>;

export type BoardKey = keyof typeof BOARDS;

/** One panel: its board, its number there, and the labels of an alert that its variables are set to. */
export interface Panel {
  readonly board: BoardKey;
  readonly id: number;
  readonly title: string;
  readonly variables?: readonly string[];
}

const MODEL = ['gen_ai_request_model'] as const;
const INSTANCE = ['instance'] as const;
const DEVICE = ['instance', 'hw_id'] as const;

/** Numbers from 1: those of panels that no alert leads to begin at 100. */
export const PANELS = {
  availability: { board: 'overview', id: 1, title: 'Can users be served?' },
  outcomes: { board: 'overview', id: 2, title: 'How do requests end?' },
  timeouts: { board: 'overview', id: 3, title: 'How many time out?' },
  availabilityBudget: { board: 'overview', id: 4, title: 'How fast is the budget of availability used up?' },
  latencyBudget: { board: 'overview', id: 5, title: 'How fast is the budget of latency used up?' },

  firstToken: { board: 'inference', id: 1, title: 'How long until the first token?', variables: MODEL },
  cache: { board: 'inference', id: 2, title: 'How much is found in the caches?' },

  temperature: { board: 'hardware', id: 1, title: 'How hot are the accelerators?', variables: DEVICE },
  throttling: { board: 'hardware', id: 2, title: 'What holds the accelerators back?', variables: DEVICE },
  deviceErrors: { board: 'hardware', id: 3, title: 'Errors and repairs of accelerators', variables: DEVICE },
  deviceMemory: { board: 'hardware', id: 4, title: 'How full is the memory of the accelerators?', variables: DEVICE },
  disk: { board: 'hardware', id: 5, title: 'How full are the disks?', variables: INSTANCE },
  memory: { board: 'hardware', id: 6, title: 'Does anything wait for memory?', variables: INSTANCE },
  throttledCpu: { board: 'hardware', id: 7, title: 'Do processor limits hold us back?', variables: INSTANCE },
  clock: { board: 'hardware', id: 8, title: 'Do the clocks agree?', variables: INSTANCE },

  queue: { board: 'capacity', id: 1, title: 'How many wait for each that is worked on?', variables: INSTANCE },
  refused: { board: 'capacity', id: 2, title: 'Who is turned away, and why?' },
  fallBack: { board: 'capacity', id: 3, title: 'Replicas on the slower engine', variables: MODEL },
  devices: { board: 'capacity', id: 4, title: 'Which devices did replicas want and get?', variables: MODEL },

  breaker: { board: 'reliability', id: 1, title: 'Circuit breakers', variables: MODEL },
  models: { board: 'reliability', id: 2, title: 'Which state are the models in?', variables: MODEL },
  restarts: { board: 'reliability', id: 3, title: 'How often do engines start again?', variables: MODEL },
  jobs: { board: 'reliability', id: 4, title: 'How long does the oldest job wait?', variables: INSTANCE },
  reloads: { board: 'reliability', id: 5, title: 'Changes of the configuration', variables: INSTANCE },

  redaction: { board: 'security', id: 1, title: 'Could any text not be checked?', variables: INSTANCE },
  audit: { board: 'security', id: 2, title: 'Is the audit trail written?', variables: INSTANCE },
  expiries: { board: 'security', id: 3, title: 'What ends by itself, and when?', variables: INSTANCE },

  logs: { board: 'logs', id: 1, title: 'Is any line lost here?', variables: INSTANCE },
  logLag: { board: 'logs', id: 2, title: 'How long do lines wait on their way?', variables: INSTANCE },
  unusual: { board: 'logs', id: 4, title: 'How unusual is what it does?', variables: INSTANCE },
  logRefusals: { board: 'logs', id: 3, title: 'Does the store refuse any?', variables: INSTANCE },

  watchdog: { board: 'alerts', id: 1, title: 'Are alerts alive?' },
  actions: { board: 'alerts', id: 2, title: 'What became of actions?' },
  notifications: { board: 'alerts', id: 3, title: 'Were people told?' },
  watchers: { board: 'alerts', id: 4, title: 'Do Prometheus and Alertmanager work?', variables: INSTANCE },
  scrapes: { board: 'alerts', id: 5, title: 'Which pages are read, and how large are they?', variables: INSTANCE },
  scrapeToken: { board: 'alerts', id: 6, title: 'Life left of the scrape token' },
  readers: { board: 'alerts', id: 7, title: 'Do the collectors read?', variables: INSTANCE },
} as const satisfies Record<string, Panel>;

export type PanelKey = keyof typeof PANELS;

/** The data views of Kibana, by the stream of logs they show. */
export const DATA_VIEWS = {
  app: { id: 'clawdbot-app', pattern: 'logs-clawdbot.app-*' },
  access: { id: 'clawdbot-access', pattern: 'logs-clawdbot.access-*' },
  audit: { id: 'clawdbot-audit', pattern: 'logs-clawdbot.audit-*' },
  engine: { id: 'clawdbot-engine', pattern: 'logs-clawdbot.engine-*' },
  anomaly: { id: 'clawdbot-anomaly', pattern: 'logs-clawdbot.anomaly-*' },
} as const satisfies Record<string, { readonly id: string; readonly pattern: string }>;

export type DataViewKey = keyof typeof DATA_VIEWS;

/** A search in the logs of a view (KQL); `{{ … }}` in it is filled in by Prometheus. */
export interface LogQuery {
  readonly view: DataViewKey;
  readonly query: string;
}

/** The last hour: an alert that stands longer has been seen before. */
const RANGE = { from: 'now-1h', to: 'now' } as const;

/** The URL of a panel, its variables filled in by Prometheus when the alert is sent. */
export const panelUrl = (grafana: string, key: PanelKey): string => {
  const { board, id, variables = [] }: Panel = PANELS[key];
  const query = `viewPanel=${id}&from=${RANGE.from}&to=${RANGE.to}`;
  // A variable set to an empty text would show nothing: where an alert lacks the label, the board keeps showing all.
  const chosen = variables.map((label) => `{{ with $labels.${label} }}&var-${label}={{ . | urlquery }}{{ end }}`);
  return `${grafana.replace(/\/+$/, '')}/d/${BOARDS[board].uid}?${query}${chosen.join('')}`;
};

/** The URL of a search in Kibana's Discover. The query is Rison in an URL: quotes and `!` get a `!` before them. */
export const logsUrl = (kibana: string, { view, query }: LogQuery): string => {
  const rison = `'${query.replace(/[!']/g, '!$&')}'`;
  const app = `(index:'${DATA_VIEWS[view].id}',query:(language:kuery,query:${rison}))`;
  const time = `(time:(from:${RANGE.from},to:${RANGE.to}))`;
  return `${kibana.replace(/\/+$/, '')}/app/discover#/?_g=${time}&_a=${escapeAround(app)}`;
};

/** Percent-encodes everything but the templates of Prometheus, which encode what they put in. */
const escapeAround = (text: string): string =>
  text
    .split(/(\{\{.*?\}\})/)
    .map((part) => (part.startsWith('{{') ? part : encodeURIComponent(part)))
    .join('');

export const runbookUrl = (base: string, alert: string): string =>
  `${base.endsWith('/') ? base : `${base}/`}${alert}.md`;
