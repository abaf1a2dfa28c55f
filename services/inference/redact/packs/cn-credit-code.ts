import { refuseCreditCode } from '../checks/cn.ts';
import { endsWith } from '../rules/ends-with.ts';
import { FEATURE } from '../rules/features.ts';
import type { LabelRule, TokenRule } from '../rules/rule.ts';

const CODE_LABEL = endsWith(/(?:信用代码|税号|纳税人|识别号|credit code|uscc|tax id)[^\n]{0,12}$/i);

const CODE_LENGTH = 18;

export const creditCode: TokenRule = {
  kind: 'token',
  id: 'cn.credit-code',
  label: 'CREDIT_CODE',
  finds: 'Unified social credit codes of organisations.',
  isProven: true,
  why: 'department and region codes, and the check character of GB 32100',
  examples: {
    found: ['91110108551385082Q', '统一社会信用代码：91350100M000100Y43'],
    left: ['91110108551385082A', 'ABCDEFGHJKLMNPQRTU'],
  },
  needs: FEATURE.digits7 | FEATURE.chain18,
  minLength: 18,
  pattern:
    /(?<![A-Za-z0-9]|[A-Za-z0-9]_)[1-9ANYany][1-9](?:[ -]?\d){6}(?:[ -]?[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]){10}(?![A-Za-z0-9]|_[A-Za-z0-9])/g,
  refuse({ text, before }) {
    const code = (text.length === CODE_LENGTH ? text : text.replace(/[ -]/g, '')).toUpperCase();
    const refusal = refuseCreditCode(code);
    if (refusal !== undefined) return refusal;
    // One in thirty-one numbers passes the check character.
    const isPlainNumber = /^\d+$/.test(code) && !/^9[123]\d{16}$/.test(text);
    return isPlainNumber && !CODE_LABEL.test(before()) ? 'nothing says that it is a code' : undefined;
  },
};

/** The same in groups, which only a word before them gives away. */
export const creditCodeGrouped: LabelRule = {
  kind: 'label',
  id: 'cn.credit-code-grouped',
  label: 'CREDIT_CODE',
  finds: 'Unified social credit codes in groups, after a word for them.',
  isProven: true,
  why: 'department and region codes, and the check character of GB 32100, after a word for the code',
  examples: {
    found: ['税号 9135 0100 M000 100Y 43', '统一社会信用代码：91350100 M000100Y 43'],
    left: ['税号 9135 0100 M000 100Y 44', '信用代码填写有误'],
  },
  labels: ['信用代码', '税号', '识别号', '信用代码证', '税务登记号', 'uscc', 'tax id', 'credit code'],
  bareLabels: ['信用代码', '税号', '识别号'],
  stop: /[\n，。；,;]/,
  maxLength: 60,
  enough: /[：:\s]{0,3}(?:[^：:\s0-9A-Za-z]|[0-9A-Za-z](?:[ -]?[0-9A-Za-z]){0,40}(?:[^ 0-9A-Za-z-]|[ -][^0-9A-Za-z]))/y,
  value: /[：:\s]{0,3}(?<value>[1-9ANYany](?:[ -]?[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]){17})(?![A-Za-z0-9])/y,
  refuse: (value) =>
    /[ -]/.test(value) ? refuseCreditCode(value.replace(/[ -]/g, '').toUpperCase()) : 'not in groups',
};
