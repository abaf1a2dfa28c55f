import type { NotifierConfig } from '../../core/config/schema-notifiers.ts';
import { createRegistry } from '../../core/plugins/host.ts';
import { dingtalkNotifier } from './chat/dingtalk.ts';
import { feishuNotifier } from './chat/feishu.ts';
import { wecomNotifier } from './chat/wecom.ts';
import type { Way } from './courier/delivery.ts';
import type { Notifier, NotifierContext, NotifierPlugin } from './notifier/notifier.ts';
import { aliyunNotifier } from './sms/aliyun.ts';
import { httpNotifier } from './sms/http.ts';
import { tencentNotifier } from './sms/tencent.ts';
import { twilioNotifier } from './sms/twilio.ts';

/** A plugin that checks its own raw options when it is started: all of them have one type then. */
type AnyNotifier = NotifierPlugin<unknown>;

const withOwnCheck = <Options>(plugin: NotifierPlugin<Options>): AnyNotifier => ({
  manifest: plugin.manifest,
  config: (raw) => raw,
  start: (context) => plugin.start({ ...context, config: plugin.config(context.config) }),
});

const NOTIFIERS = createRegistry<AnyNotifier>([
  withOwnCheck(httpNotifier),
  withOwnCheck(twilioNotifier),
  withOwnCheck(aliyunNotifier),
  withOwnCheck(tencentNotifier),
  withOwnCheck(dingtalkNotifier),
  withOwnCheck(wecomNotifier),
  withOwnCheck(feishuNotifier),
]);

/** The notifiers of ours. */
export const notifierNames = (): string[] => NOTIFIERS.names('notifier');

/** Starts what the configuration names, in its order; where one cannot start, those before it are stopped again. */
export const startNotifiers = async (
  configs: readonly NotifierConfig[],
  context: NotifierContext,
): Promise<{ readonly ways: readonly Way[]; stop(): Promise<void> }> => {
  const ways: Way[] = [];
  const stop = async () => {
    await Promise.all(ways.map(({ notifier }) => notifier.stop()));
  };
  try {
    for (const config of configs) ways.push({ id: config.id, to: config.to, notifier: await start(config, context) });
  } catch (error) {
    await stop();
    throw error;
  }
  return { ways, stop };
};

const start = async ({ use, options }: NotifierConfig, context: NotifierContext): Promise<Notifier> => {
  const plugin = await NOTIFIERS.resolve(use, 'notifier');
  // A third party's plugin reads its own options in `config`; ours do so here as well.
  return plugin.start({ ...context, config: plugin.config(options) });
};
