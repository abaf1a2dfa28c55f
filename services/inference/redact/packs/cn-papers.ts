import { endsWith } from '../rules/ends-with.ts';
import { FEATURE } from '../rules/features.ts';
import type { TokenRule } from '../rules/rule.ts';

const PASSPORT_LABEL = endsWith(/(?:护照|passport)[\s\S]{0,24}$/i);

/** Passports of the mainland. */
export const passport: TokenRule = {
  kind: 'token',
  id: 'cn.passport',
  mention: /护照|passport/i,
  label: 'PASSPORT',
  finds: 'Passport numbers of the mainland after a word for passport.',
  why: 'a letter of a passport series and eight characters, with passport named before',
  examples: {
    found: ['护照号码：E12345678', 'passport EA1234567', '护照G12345678'],
    left: ['E12345678', '型号E12345678'],
  },
  needs: FEATURE.digit | FEATURE.row7,
  minLength: 9,
  pattern:
    /(?<![A-Za-z0-9]|[A-Za-z0-9]_)(?:[DEGKPSdegkps][ -]?\d{8}|[Ee][A-HJ-NP-Za-hj-np-z][ -]?\d{7}|(?:SE|DE|PE|MA|se|de|pe|ma)[ -]?\d{7}|1[45]\d{7})(?![A-Za-z0-9]|_[A-Za-z0-9])/g,
  refuse: ({ before }) => (PASSPORT_LABEL.test(before()) ? undefined : 'no word for passport before it'),
};

const PERMIT_LABEL = endsWith(
  /(?:通行证|回乡证|港澳|台胞证|居住证|往来|permit|hk[ _/]?macao|home return)[\s\S]{0,24}$/i,
);

/** Travel permits. */
export const permit: TokenRule = {
  kind: 'token',
  id: 'cn.permit',
  mention: /通行证|回乡证|港澳|台胞证|居住证|往来|permit|hk|home return/i,
  label: 'PERMIT',
  finds: 'Travel permits to and from Hong Kong, Macao and Taiwan after a word for permit.',
  why: 'a letter of a permit series and eight to ten digits, with the permit named before',
  examples: {
    found: ['港澳通行证C12345678', '回乡证号：H1234567890', '港澳居民来往内地通行证 M12345678'],
    left: ['C12345678', '编号H1234567890'],
  },
  needs: FEATURE.digit | FEATURE.row7,
  minLength: 8,
  pattern:
    /(?<![A-Za-z0-9]|[A-Za-z0-9]_)(?:[CHMWLTchmwlt][ -]?\d{8}(?:\d{2})?|[Cc][A-Za-z][ -]?\d{7}|\d{8})(?![A-Za-z0-9]|_[A-Za-z0-9])/g,
  refuse: ({ before }) => (PERMIT_LABEL.test(before()) ? undefined : 'no word for a permit before it'),
};

const RECORD_LABEL = endsWith(
  /(?:病历|病案|住院|门诊|就诊|患者|病人|健康卡|就诊卡|医保|检查|登记)(?:卡)?(?:编号|号码|号|ID)["'`]?\s{0,2}(?:[:：=#]|是|为)?\s{0,3}["'`]?$|\b(?:mrn|medical record(?: (?:no|number|#|id))?|patient (?:id|no|number)|chart (?:no|number)|medical_?record(?:_?(?:no|number|id))?|patient_(?:id|no|number))["'`]?\.?\s{0,2}(?:[:=#]|is)?\s{0,3}["'`#]?$/i,
);

/** Numbers of medical records. */
export const medicalRecord: TokenRule = {
  kind: 'token',
  id: 'cn.medical-record',
  mention: /病历|病案|住院|门诊|就诊|患者|病人|健康卡|医保|检查|登记|mrn|record|patient|chart/i,
  label: 'MEDICAL_RECORD',
  finds: 'Numbers of medical records, admissions and patients after a word that says so.',
  why: 'a number right after a word for a medical record',
  examples: {
    found: ['病历号：20230456789', '住院号 ZY0012345', 'MRN: 00123456'],
    left: ['病历很厚', '房间号：301', '病历号：无'],
  },
  needs: FEATURE.digit,
  minLength: 4,
  pattern: /(?<![A-Za-z0-9]|[A-Za-z0-9]_)[A-Za-z]{0,6}-?\d[A-Za-z0-9-]{2,23}(?![A-Za-z0-9]|_[A-Za-z0-9])/g,
  refuse: ({ before }) => (RECORD_LABEL.test(before()) ? undefined : 'no word for a medical record right before it'),
};
