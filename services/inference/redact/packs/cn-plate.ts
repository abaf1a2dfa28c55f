import type { LabelRule } from '../rules/rule.ts';

const PROVINCES = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼';

/** Found from the character of the province, which is why it is a label rule whose value begins with its label. */
export const plate: LabelRule = {
  kind: 'label',
  id: 'cn.plate',
  label: 'PLATE',
  finds: 'Licence plates, of new-energy vehicles too.',
  why: 'the character of a province, the letter of a city and five or six characters of which at least two are digits',
  examples: {
    found: ['京A12345', '粤B·D12345', '沪AD12345', '车牌号：苏E·88X8Y'],
    left: ['京ABCDE', '新A股', '云A1234567'],
  },
  labels: [],
  bareLabels: [...PROVINCES],
  includesLabel: true,
  stop: /[\n，。；、！？,;]/,
  maxLength: 12,
  enough:
    / ?(?:[^ A-HJ-NP-Za-hj-np-z]|[A-HJ-NP-Za-hj-np-z][ ·.\-0-9A-Za-z挂学警港澳试超]*(?:[^ ·.\-0-9A-Za-z挂学警港澳试超_]|_[\s\S]))/y,
  value:
    /(?<value>[ ]?[A-HJ-NP-Za-hj-np-z][ ·.-]{0,2}(?:[0-9DFABCEGHJKdfabceghjk][0-9A-HJ-NP-Za-hj-np-z]{4}[0-9DFABCEGHJKdfabceghjk]|[0-9A-HJ-NP-Za-hj-np-z]{5}|[0-9A-HJ-NP-Za-hj-np-z]{4}[挂学警港澳试超]))(?:(?<![A-Za-z0-9])|(?![A-Za-z0-9]|_[A-Za-z0-9]))/y,
  refuse: (value) => ((value.match(/\d/g) ?? []).length < 2 ? 'too few digits' : undefined),
};
