import type { EmailConfig } from '../../../core/config/schema.ts';

/** Everything that the e-mail says besides what the alert says itself. */
export interface Words {
  readonly severity: Readonly<Record<'critical' | 'error' | 'warning', string>>;
  readonly resolved: string;
  readonly test: string;
  readonly testNote: string;
  /** `%` becomes the number of alerts. */
  readonly more: string;
  readonly what: string;
  readonly done: string;
  /** What the service does by itself, by the action of the alert. */
  readonly automation: Readonly<Record<'circuit-break' | 'autoscale' | 'page' | 'email', string>>;
  readonly over: string;
  readonly details: string;
  readonly since: string;
  readonly until: string;
  readonly lasted: string;
  readonly panel: string;
  readonly logs: string;
  readonly runbook: string;
  readonly acknowledge: string;
  readonly sentFrom: string;
}

export const WORDS: Readonly<Record<EmailConfig['language'], Words>> = {
  en: {
    severity: { critical: 'Critical', error: 'Error', warning: 'Warning' },
    resolved: 'Resolved',
    test: 'TEST',
    testNote: 'This is a test. Nothing is wrong, and nothing was done.',
    more: '(+% more)',
    what: 'What happened',
    done: 'What is done about it',
    automation: {
      'circuit-break':
        'An SMS is sent, and the circuit breaker is opened once an independent probe agrees: callers get a quick 503. It closes by itself when the service answers again. «clawdbot actions list» says what was done.',
      autoscale:
        'Capacity is added where there is room, within the limits of the configuration; without room the lowest priority is turned away. «clawdbot actions list» says what was done.',
      page: 'An SMS is sent to whoever is on call. Nothing else is done by itself.',
      email: 'Nothing is done by itself; it can wait until somebody looks.',
    },
    over: 'It is over.',
    details: 'Details',
    since: 'Since',
    until: 'Until',
    lasted: 'Lasted',
    panel: 'Open the panel',
    logs: 'Open the logs',
    runbook: 'Open the runbook',
    acknowledge: 'To silence it for a while, on the machine:',
    sentFrom: 'Sent by Clawdbot on',
  },
  zh: {
    severity: { critical: '严重', error: '错误', warning: '警告' },
    resolved: '已恢复',
    test: '测试 TEST',
    testNote: '这是一封测试邮件。一切正常，系统未执行任何操作。',
    more: '（另有 % 条）',
    what: '发生了什么',
    done: '系统如何处置',
    automation: {
      'circuit-break':
        '系统正在发送短信；独立探测确认后将打开熔断器，调用方会立即收到 503。服务恢复应答后熔断器自动关闭。执行结果见 «clawdbot actions list»。',
      autoscale:
        '在资源允许且不超过配置上限的前提下自动扩容；资源不足时先拒绝最低优先级的请求。执行结果见 «clawdbot actions list»。',
      page: '系统正在向值班人员发送短信，除此之外不会自动处置。',
      email: '系统不会自动处置，请在方便时查看。',
    },
    over: '故障已结束。',
    details: '详细信息',
    since: '开始时间',
    until: '结束时间',
    lasted: '持续时长',
    panel: '查看监控面板',
    logs: '查看日志',
    runbook: '查看处置手册',
    acknowledge: '如需暂时静默，请在该机器上执行：',
    sentFrom: '发自 Clawdbot，主机',
  },
};
