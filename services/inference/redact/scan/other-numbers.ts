import { endsWith } from '../rules/ends-with.ts';

const CHINESE =
  '订单(?:编号|号码|号|ID)?|单号|流水号?|编号|工单号?|发票(?:号码|号|代码)?|批次号?|序列号|设备号|交易号|商品(?:编号|编码|号|ID)?|条形?码|货号|运单号?|快递号?|包裹|合同号|凭证号?|群号?|QQ号?|时间戳|版本号?|任务号?|帖子|主键|取票码|取件码|提货码|核销码|兑换码|券码|案号|学号|工号|期号';
/** Words after which a number is never what it looks like. */
const NAMES =
  'order invoice tracking parcel shipment waybill ticket transaction txn batch serial imei iccid imsi meid isbn issn ean upc gtin sku asin barcode version timestamp epoch commit doi pmid arxiv checksum snowflake rma';
/** Words of which a sign or a word for number makes such a name: `case no. …`, `size: …`. */
const PERHAPS =
  'track trade lot part model case build seq sequence job task row item product po nonce seed hash offset size count total amount price qty quantity uid post tweet status trace span request req session event log ts time record port id key';
/** The same, but such a word and a colon may also begin what somebody says: `User: 4111…`. */
const SPEAKERS = 'user message msg';
const NUMBERS = 'id no num number nr code ref reference key';

const anyOf = (words: string): string => words.replaceAll(' ', '|');
const NUMBER = `[ _-]?(?:${anyOf(NUMBERS)}|编号|号码|号)`;
const QUOTES = '["\'`\\])>*]{0,3}';
const SIGN = '[\\s.]{0,2}(?:[:：=#№]{1,2}[*>]{0,2}\\s?)?(?:是|为|is|was)?';
const SURE = `(?:${CHINESE}|(?<![A-Za-z])(?:${anyOf(NAMES)})(?:\\d|-1[03])?)(?:${NUMBER})?${QUOTES}${SIGN}`;
/** `tax ID: …` and `card id: …` name what is looked for. */
const OWN = '(?<!(?:tax|taxpayer|payer|national|citizen|identity|card|bank) )';
const UNSURE = `(?<![A-Za-z_-])${OWN}(?:(?:${anyOf(`${PERHAPS} ${SPEAKERS}`)})(?:${NUMBER}${QUOTES}${SIGN})|(?:${anyOf(PERHAPS)})${QUOTES}\\s?[:：=#№])`;
const OTHER = endsWith(new RegExp(`(?:${SURE}|${UNSURE})\\s{0,3}["'\`(（#]{0,2}$`, 'i'));

const LAST_WORDS = new Set(`${NAMES} ${PERHAPS} ${SPEAKERS} ${NUMBERS} is was qq`.split(' '));
const LAST_CHARACTERS = new Set([...CHINESE.replace(/[^\u4e00-\u9fff]/g, ''), '是', '为']);
const ENDS_IN_NUMBER = new RegExp(`(?:${anyOf(NUMBERS)})$`, 'i');
const MAX_BETWEEN = 8;

const isLetter = (code: number): boolean => (code | 32) >= 0x61 && (code | 32) <= 0x7a;
const isChinese = (code: number): boolean => code >= 0x4e00 && code <= 0x9fff;

/** The last word before a number: few are of interest, and the rest need no pattern. */
const mayBeNamed = (before: string): boolean => {
  let end = before.length;
  while (end > 0 && before.length - end < MAX_BETWEEN && !isLetter(before.charCodeAt(end - 1))) {
    if (isChinese(before.charCodeAt(end - 1))) return LAST_CHARACTERS.has(before.charAt(end - 1));
    end -= 1;
  }
  let start = end;
  while (start > 0 && end - start < 16 && isLetter(before.charCodeAt(start - 1))) start -= 1;
  const word = before.slice(start, end).toLowerCase();
  return LAST_WORDS.has(word) || ENDS_IN_NUMBER.test(word);
};

/**
 * Whether the words right before a number name it as something else: an order, a parcel, a device. What is proven beyond
 * doubt is believed all the same.
 */
export const isOtherNumber = (before: string): boolean => {
  const near = FILLER.test(before.slice(-2)) ? before.replace(FILLERS, '') : before;
  return (mayBeNamed(near) && OTHER.test(near)) || ACCOUNT.test(before);
};

/** What stands between a name and its number in tables, forms and markup. */
const FILLER = /[>.…|_]\s?$/;
const FILLERS = /(?:<\/?[a-z]{1,8}>|[\s.…|_])+$/i;
/** Groups of an account number that begins with a country. */
const ACCOUNT = endsWith(/(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){0,7} $/);
