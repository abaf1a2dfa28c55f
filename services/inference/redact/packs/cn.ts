import { refuseCardForm } from '../checks/card-form.ts';
import { refuseBankCard } from '../checks/cards.ts';
import { areaCodeLength, isLandline, isMobile, refuseResidentId } from '../checks/cn.ts';
import { mayBeLandline, mayBeMobile, mayBeResidentId } from '../checks/cn-codes.ts';
import { passesLuhn } from '../checks/luhn.ts';
import { endsWith } from '../rules/ends-with.ts';
import { SEP, USUAL_SEPARATORS } from '../rules/features.ts';
import type { DigitCandidate, DigitRule, Refusal, RulePack } from '../rules/rule.ts';
import { creditCode, creditCodeGrouped } from './cn-credit-code.ts';
import { medicalRecord, passport, permit } from './cn-papers.ts';
import { plate } from './cn-plate.ts';
import { address, name } from './cn-wording.ts';

const ID_LABEL = endsWith(
  /(?:身份证|证件|公民身份|社会保障|社保|id[ _-]?card|identity|national[ _-]?id|居民|证号)[^\d]{0,16}$/i,
);
const DEVICE_LABEL = endsWith(
  /(?:imei|meid|设备|串号|序列|订单|单号|流水|编号|serial|order|track|\bid|value|result)[^\d]{0,12}$/i,
);

const OLD_ID_FORMS = new Set(['15', '6-6-3', '6-9', '12-3']);
const isOldIdForm = (form: string): boolean => OLD_ID_FORMS.has(form);
/** What no such form begins with; a line break may part the first group. */
const isGroupedOtherwise = ({ first, separators }: DigitCandidate): boolean =>
  first !== 6 && first < 12 && (separators & SEP.newline) === 0;

const residentId: DigitRule = {
  kind: 'digits',
  id: 'cn.resident-id',
  label: 'CN_ID',
  finds: 'Resident identity numbers of 18 digits, and of 15 as they were before 1999.',
  why: 'a region of GB/T 2260, a birth date, and the check character of GB 11643',
  isProven: true,
  isStrong: true,
  examples: {
    found: ['11010519491231002X', '110105 19491231 002x', '身份证号：110105491231002'],
    left: ['110105194912310021', '990105194912310026', 'IMEI 350105491231002'],
  },
  lengths: [18, 15],
  firsts: '123456789',
  mayBegin: (first, second) => (first < 6 ? second <= 7 : first === 9 ? second === 1 : second <= 5),
  mayBe: mayBeResidentId,
  separators: USUAL_SEPARATORS | SEP.dot,
  refuse(candidate) {
    const isOld = candidate.length === 15;
    if (isOld && isGroupedOtherwise(candidate)) return 'grouped like no identity number';
    const refusal = refuseResidentId(candidate.digits);
    if (refusal !== undefined || !isOld) return refusal;
    if (!candidate.hasForm(isOldIdForm)) return 'grouped like no identity number';
    const context = candidate.before();
    if (ID_LABEL.test(context)) return undefined;
    return DEVICE_LABEL.test(context) ? 'named as another kind of number' : undefined;
  },
};

const PHONE_LABEL = endsWith(
  /(?:电话|座机|固话|热线|传真|联系方式|致电|拨打|分机|总机|客服|手机|tel|phone|fax|call|hotline|landline)[^\d\n]{0,12}$/i,
);

/** Groups as people write them, or any where no other number is beside them. */
const isWrittenAs = (candidate: DigitCandidate, forms: readonly string[]): boolean => {
  const { groups, isAlone, digits, separators } = candidate;
  const isSingle = groups.length === digits.length;
  if (candidate.hasForm((form) => !form.includes('-') || forms.includes(form))) return true;
  if (!isAlone || (separators & SEP.dot) !== 0) return false;
  // `13 812 345 678` is an amount in thousands.
  const isThousands = groups.length > 2 && groups.slice(1).every((length) => length === 3) && digits.length <= 12;
  return !isThousands && !/^4-2-2/.test(groups.join('-')) && (groups[0] !== 1 || isSingle);
};

const MOBILE_FORMS = [
  '3-4-4',
  '3-8',
  '7-4',
  '3-3-5',
  '4-3-4',
  '3-5-3',
  '2-3-4-4',
  '2-11',
  '2-3-8',
  '4-3-4-4',
  '4-11',
  '5-4-4',
  '7-4-4',
  '7-8',
];
const INTERNATIONAL_86 = /^(?:00)?86(?=1)/;

const mobile: DigitRule = {
  kind: 'digits',
  id: 'cn.mobile',
  label: 'PHONE',
  finds: 'Mobile numbers of the mainland, with +86, 0086, spaces and dashes.',
  why: 'eleven digits that begin like a carrier was given them',
  examples: {
    found: ['13812345678', '+86 138-1234-5678', '我的手机号是138 1234 5678。', '008613812345678'],
    left: ['12345678901', '订单号13812345678', '138123456789', '1705312800000', '¥13800000000'],
  },
  lengths: [15, 13, 12, 11],
  firsts: '018',
  mayBegin: (first, second) => (first === 1 ? second >= 3 : first === 8 ? second === 6 : second < 2),
  mayBe: mayBeMobile,
  separators: USUAL_SEPARATORS | SEP.dot | SEP.slash,
  refuse(candidate) {
    const { digits } = candidate;
    const national =
      digits.length === 12 && digits.startsWith('0') ? digits.slice(1) : digits.replace(INTERNATIONAL_86, '');
    if (national.length !== 11 || !isMobile(national)) return 'no carrier has this prefix';
    if (/0{8}$/.test(national) && !PHONE_LABEL.test(candidate.before())) return 'an amount';
    const isPrefixed = !candidate.hasPlus && digits.length > 12;
    if (isPrefixed && !candidate.hasForm((form) => /^(?:\d{2}$|[2457]-)/.test(form)))
      return 'grouped like no phone number';
    if (digits.length === 12 && !PHONE_LABEL.test(candidate.before())) return 'nothing says that it is a phone number';
    if (candidate.hasPlus && digits.length === 11) return 'a number of the North American plan';
    return isWrittenAs(candidate, MOBILE_FORMS) ? undefined : 'grouped like no phone number';
  },
};

const landline: DigitRule = {
  kind: 'digits',
  id: 'cn.landline',
  label: 'PHONE',
  finds: 'Landline numbers with an area code, and without one after a word for telephone.',
  why: 'an area code in use and a local number of its length',
  examples: {
    found: ['010-12345678', '(0755) 8765 4321', '+86 21 6543 2100', '电话：65432100', '010-87654321转801'],
    left: ['010-1234', '0123-45678901', '编号65432100', '2024-0101'],
  },
  lengths: [18, 17, 16, 15, 14, 13, 12, 11, 10, 8, 7],
  firsts: '023456789',
  // A local number needs a word for telephone right before it.
  mayBegin: (first, second, hasPlus, isFirst) =>
    hasPlus ? first === 8 && second === 6 : first === 0 || isFirst || (second === 0 && (first === 4 || first === 8)),
  mayBe: mayBeLandline,
  separators: SEP.space | SEP.dash | SEP.paren | SEP.extension,
  refuse(candidate) {
    const short = withoutExtension(candidate);
    const refusal = refuseLandline(candidate, candidate.digits);
    return refusal === undefined || short === undefined ? refusal : refuseLandline(candidate, short);
  },
};

const refuseLandline = (candidate: DigitCandidate, main: string): Refusal => {
  const { digits, groups, before, hasPlus, separators } = candidate;
  if (digits.startsWith('00') || hasPlus) {
    const national = main.replace(/^(?:00)?86/, '');
    return main !== national && isLandline(national.replace(/^0/, '')) ? undefined : 'no area code of the mainland';
  }
  if (/^[48]00\d{7}$/.test(main)) {
    let end = 0;
    const isCount = groups.every((length) => {
      end += length;
      return main.slice(0, end).endsWith('00');
    });
    const isWritten = groups.length === 3 && candidate.isAlone && !isCount;
    return isWritten || PHONE_LABEL.test(before()) ? undefined : 'nothing says that it is a phone number';
  }
  if (main.startsWith('86') && isLandline(main.slice(2)) && PHONE_LABEL.test(before())) return undefined;
  if (!main.startsWith('0')) return refuseLocal(candidate, main);
  const national = main.slice(1);
  if (!isLandline(national)) return 'no area code and local number';
  if (groups.length === 1) return PHONE_LABEL.test(before()) ? undefined : 'nothing says that it is a phone number';
  // The area code is a group of its own, whatever follows.
  const area = areaCodeLength(national) + 1;
  const isApart = (separators & SEP.space) === 0 || candidate.isAlone;
  return groups[0] === area && isApart ? undefined : 'grouped like no phone number';
};

/** Digits before an extension of one to six, which is the last group after `转` or after a whole number. */
const withoutExtension = ({ digits, groups, last, lastGap }: DigitCandidate): string | undefined => {
  if (groups.length < 2 || last > 6) return undefined;
  const isSaid = (lastGap & SEP.extension) !== 0;
  return isSaid || (groups.length > 2 && lastGap === SEP.dash) ? digits.slice(0, -last) : undefined;
};

const refuseLocal = ({ groups, before }: DigitCandidate, main: string): Refusal => {
  if (!/^[2-9]\d{6,7}$/.test(main)) return 'no local number';
  if (groups.some((length) => length > 8)) return 'grouped like no phone number';
  return PHONE_LABEL.test(before()) && !/\d/.test(before().slice(-1))
    ? undefined
    : 'nothing says that it is a phone number';
};

const CARD_LABEL = endsWith(
  /(?:银行|卡号|储蓄卡|借记卡|信用卡|工资卡|账号|账户|帐号|帐户|card|account)[^\d\n]{0,12}$/i,
);

const bankCard: DigitRule = {
  kind: 'digits',
  id: 'cn.bank-card',
  label: 'BANK_CARD',
  finds: 'Bank card numbers of the mainland, UnionPay and older.',
  isProven: true,
  why: 'the beginning of a UnionPay or bank range, and the Luhn check digit; any beginning after a word for bank card',
  examples: {
    found: ['6222021234567890128', '6217 0012 1002 4455 220', '卡号：6225881234567898'],
    left: ['6222021234567890129', '订单号6222021234567890128'],
  },
  lengths: [19, 18, 17, 16],
  firsts: '123456789',
  hasLuhn: true,
  separators: USUAL_SEPARATORS | SEP.dot,
  refuse(candidate) {
    const { digits, before } = candidate;
    const refusal = refuseBankCard(digits) ?? (isLooselyGrouped(candidate) ? undefined : refuseCardForm(candidate));
    return refusal === undefined || (passesLuhn(digits) && CARD_LABEL.test(before())) ? undefined : refusal;
  },
};

/** Threes to sixes alone on their line, as people type what their card shows. */
const isLooselyGrouped = ({ groups, isAlone, digits, separators }: DigitCandidate): boolean =>
  isAlone &&
  digits.startsWith('62') &&
  separators === SEP.space &&
  (digits.length === 16 || digits.length === 19) &&
  groups.length >= 3 &&
  groups.every((length, index) => length <= 6 && (length >= 3 || index === groups.length - 1));

/** What is private in mainland China. */
export const cnPack: RulePack = {
  id: 'cn',
  title:
    'Identity, phone, card, travel, vehicle, company and medical numbers of mainland China; names and addresses in context',
  rules: [
    residentId,
    creditCode,
    creditCodeGrouped,
    mobile,
    bankCard,
    landline,
    passport,
    permit,
    plate,
    medicalRecord,
    name,
    address,
  ],
};
