import type { Drill } from '../drill.ts';

const isAboutHeat = ({ text }: { readonly text: string }): boolean => text.includes('AcceleratorTemperatureHigh');

/** What watches: a process that is stopped neither ends nor answers, which nobody else would notice. */
export const WATCHERS: readonly Drill[] = [
  {
    name: 'collectors-stopped',
    about: 'The collectors stand still. An e-mail says that accelerators and machine are not seen.',
    inject: async ({ signalTo }) => signalTo('collectors', 'SIGSTOP'),
    recover: async ({ signalTo }) => signalTo('collectors', 'SIGCONT'),
    alerts: ['TelemetryMissing'],
    told: [{ by: 'mail', alert: 'TelemetryMissing' }],
    cleared: [{ by: 'mail', alert: 'TelemetryMissing', isOver: true }],
  },
  {
    name: 'elasticsearch-down',
    about:
      'Elasticsearch takes no log lines, and Filebeat keeps them. An e-mail says that Kibana shows the past, and that nothing is lost yet.',
    settings: ({ shipper: { port } }) => ({
      elk: { filebeat: { watch: true, directPort: port, parsedPort: port } },
    }),
    async inject({ shipper }) {
      shipper.isStoreDown = true;
    },
    async recover({ shipper }) {
      shipper.isStoreDown = false;
    },
    alerts: ['LogPipelineLagging'],
    told: [{ by: 'mail', alert: 'LogPipelineLagging' }],
    cleared: [{ by: 'mail', alert: 'LogPipelineLagging', isOver: true }],
  },
  {
    name: 'prometheus-stopped',
    about:
      'Prometheus stands still, and with it every alert. The sign of life that always comes stays away: the actions process sends an SMS on its own.',
    barMs: 300_000,
    inject: async ({ signalTo }) => signalTo('prometheus', 'SIGSTOP'),
    recover: async ({ signalTo }) => signalTo('prometheus', 'SIGCONT'),
    alerts: [],
    told: [{ by: 'sms', says: 'Alerts cannot arrive' }],
    cleared: [{ by: 'sms', says: 'Alerts arrive again' }],
    log: { of: 'actions', action: 'action.decided' },
  },
  {
    name: 'alertmanager-stopped',
    about: 'Alertmanager stands still: alerts fire and reach nobody. The actions process sends an SMS on its own.',
    inject: async ({ signalTo }) => signalTo('alertmanager', 'SIGSTOP'),
    recover: async ({ signalTo }) => signalTo('alertmanager', 'SIGCONT'),
    alerts: [],
    symptoms: ['PrometheusNotificationsFailing'],
    told: [{ by: 'sms', says: 'Alerts cannot arrive' }],
    cleared: [{ by: 'sms', says: 'Alerts arrive again' }],
    log: { of: 'actions', action: 'action.decided' },
  },
  {
    name: 'actions-stopped',
    about:
      'The actions process stands still. An e-mail says that until it is back no SMS goes out and no capacity is added.',
    inject: async ({ signalTo }) => signalTo('actions', 'SIGSTOP'),
    recover: async ({ signalTo }) => signalTo('actions', 'SIGCONT'),
    alerts: ['ActionsDown'],
    symptoms: ['AlertmanagerNotificationsFailing'],
    told: [{ by: 'mail', alert: 'ActionsDown' }],
    cleared: [{ by: 'mail', alert: 'ActionsDown', isOver: true }],
  },
  {
    name: 'mail-down',
    about:
      'The mail server sends everybody away while a GPU is hot. An SMS says that mail does not go out; the mail about the GPU comes when it can.',
    async inject({ mailFault, smi }) {
      mailFault.isDown = true;
      smi.set({ cells: { 'temperature.gpu': '83' } });
    },
    async recover({ mailFault, smi, mail, until }) {
      mailFault.isDown = false;
      await until('the mail that was held up', () => mail.messages.some(isAboutHeat) || undefined);
      smi.set({ cells: { 'temperature.gpu': '55' } });
    },
    alerts: ['AlertmanagerNotificationsFailing', 'AcceleratorTemperatureHigh'],
    told: [{ by: 'sms', says: 'cannot deliver by email' }],
    cleared: [
      { by: 'sms', says: 'cannot deliver by email', isOver: true },
      { by: 'mail', alert: 'AcceleratorTemperatureHigh', isOver: true },
    ],
    log: { of: 'actions', action: 'action.decided' },
  },
  {
    name: 'sms-down',
    about:
      'The first provider of SMS answers nothing but 503 while the gateway is dead. The second one brings the message.',
    inject: async ({ sms, signalTo }) => {
      sms.first.isDown = true;
      signalTo('gateway', 'SIGKILL');
    },
    recover: async ({ sms, supervisor }) => {
      sms.first.isDown = false;
      supervisor.signal('SIGUSR2');
    },
    alerts: ['ServiceUnavailable'],
    told: [{ by: 'sms', says: 'unavailable', provider: 'second' }],
    cleared: [{ by: 'sms', says: 'unavailable', isOver: true }],
    log: { of: 'actions', action: 'action.decided' },
  },
];
