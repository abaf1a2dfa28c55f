import { endsWith } from '../rules/ends-with.ts';
import type { DigitRule, Refusal } from '../rules/rule.ts';
import type { RunView } from './run.ts';

/** Words that are written right before a number without a space: `tel13812345678`. */
const GLUED_LABEL = endsWith(
  /(?:^|[^A-Za-z0-9_])(?:id|sfz|tel|phone|mobile|mob|cell|card|fax|ssn|no|num|nr|ip|t|m|p)[-_:.]?$/i,
);
const PHONE_LABEL = endsWith(
  /(?:^|[^A-Za-z0-9])(?:tel|phone|mobile|mob|cell|fax|call|sms|tel no|电话|手机|传真)[-_]$/i,
);
const WORD = /[A-Za-z0-9_]/;
const CURRENCY_BEFORE = endsWith(/[$€£¥￥₹₩₽฿]\s?$/);
const AMOUNT_AFTER =
  /^\s?(?:[元圆円块%‰€£¥]|美元|人民币|万|亿|USD\b|CNY\b|RMB\b|EUR\b|GBP\b|KB\b|MB\b|bytes?\b|px\b|ms\b)/;
const FILE_AFTER =
  /^\.(?:jpe?g|png|gif|pdf|txt|docx?|xlsx?|csv|zip|mp[34]|log|json|html?|js|ts|py|webp|svg|tar|gz|bin|exe|apk)\b/i;

/**
 * Names of numbers that are not what they look like, right before them. What is proven by a checksum of its own is
 * believed all the same.
 */
const OTHER_NUMBER = endsWith(
  /(?:订单(?:编号|号码|号|ID)?|单号|流水号?|编号|工单|发票(?:号码|号|代码)?|批次号?|序列号|设备号|交易号|商品(?:编号|编码|号|ID)?|条形?码|货号|运单|快递|包裹|合同号|凭证号?|群号?|QQ号?|时间戳|版本号?|任务号?|帖子|主键|order|invoice|tracking|track|parcel|shipment|waybill|ticket|transaction|trade|txn|batch|lot|serial|imei\d?|iccid|imsi|meid|isbn(?:-1[03])?|issn|ean|upc|gtin|sku|asin|barcode|part|model|case|build|version|timestamp|epoch|unix time|seq(?:uence)?|job|task|row|item|product|po|rma|commit|doi|pmid|arxiv|nonce|seed|hash|checksum|offset|size|count|total|amount|price|qty|quantity|uid|steam ?id|snowflake|message|msg|post|tweet|status|trace|span|request|req|session|event|log|ts|time)(?:[ _-]?(?:id|no|num|number|nr|code|ref|reference|key|编号|号码|号))?["'`\])]{0,2}[\s.]{0,2}(?:[:：=#№]|是|为|is|was)?\s{0,3}["'`(（#]{0,2}$/i,
);
const HAS_WORD_BEFORE = endsWith(/[A-Za-z\u4e00-\u9fff"'`:：=#)）][^A-Za-z0-9\u4e00-\u9fff]{0,6}$/);

/** Whether a number can begin here, by what stands before it; if not, why. */
export const believedBefore = (view: RunView, start: number, rule: DigitRule, context: () => string): Refusal => {
  const last = start > 0 ? view.run.charAt(start - 1) : view.previous;
  if (WORD.test(last)) {
    if (/\d/.test(last) || !GLUED_LABEL.test(context())) return 'part of a longer word or number';
  } else if (last === '-' || last === '.') {
    const before = context();
    if (WORD.test(before.charAt(before.length - 2)) && !PHONE_LABEL.test(before)) {
      if (rule.isStrong !== true || /\d.$/.test(before)) return 'part of a longer number or name';
    }
  } else if (last === '/') {
    const before = context();
    const previous = before.charAt(before.length - 2);
    if (rule.isStrong !== true && WORD.test(previous) && !/\d{5}\/$/.test(before))
      return 'part of a path or a fraction';
  } else if (last === '+') {
    return 'part of a sum';
  }
  return undefined;
};

/** Whether the words before it say that it is something else; if so, what. */
export const namedOtherwise = (rule: DigitRule, before: string): Refusal => {
  if (rule.isStrong === true || before === '') return undefined;
  if (CURRENCY_BEFORE.test(before)) return 'an amount of money';
  return HAS_WORD_BEFORE.test(before) && OTHER_NUMBER.test(before) ? 'named as another kind of number' : undefined;
};

/** Whether it can end here. */
export const believedAfter = (view: RunView, end: number, rule: DigitRule): Refusal => {
  const next = end < view.run.length ? view.run.charAt(end) : view.next;
  if (next === '') return undefined;
  if (WORD.test(next)) return 'part of a longer word or number';
  const rest = view.run.slice(end, end + 8) + (end + 8 > view.run.length ? view.next : '');
  if (next === '@' && /^@[\p{L}\p{N}]/u.test(rest)) return 'part of an address';
  if ((next === '-' || next === '.') && /^[-.]\d/.test(rest)) return 'part of a longer number';
  if (rule.isStrong === true) return undefined;
  if (/^-[A-Za-z_]/.test(rest)) return 'part of a longer name';
  if (next === '/' && /^\/[A-Za-z]/.test(rest)) return 'part of a path';
  if (FILE_AFTER.test(rest)) return 'the name of a file';
  return AMOUNT_AFTER.test(rest) ? 'an amount' : undefined;
};
