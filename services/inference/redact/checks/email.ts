import tlds from 'tlds' with { type: 'json' };

/** Top-level domains that exist (the package tracks IANA's list), and those of RFC 2606 and of private networks. */
const TLDS = new Set([
  ...tlds,
  ...['example', 'test', 'invalid', 'localhost', 'local', 'internal', 'lan', 'corp', 'home', 'intranet', 'private'],
]);

const DOT = /[.。]/;
const IDEOGRAPH = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]/;

const isTld = (label: string): boolean => TLDS.has(label.toLowerCase()) || /^xn--[a-z0-9-]{2,59}$/i.test(label);

/** The longest beginning of a label that is a top-level domain: Chinese text goes on without a space. */
const tldLength = (label: string): number => {
  if (isTld(label)) return label.length;
  if (!IDEOGRAPH.test(label)) return 0;
  for (let length = label.length - 1; length >= 2; length -= 1) if (isTld(label.slice(0, length))) return length;
  return 0;
};

const isLabel = (label: string): boolean =>
  label !== '' && label.length <= 63 && !label.startsWith('-') && !label.endsWith('-');

/** How much of a text, which has the form of an address, is one; 0 when nothing is. */
export const emailLength = (text: string): number => {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  if (at < 1 || local.endsWith('.') || local.includes('..')) return 0;
  const labels = text.slice(at + 1).split(DOT);
  let end = at + 1;
  let longest = 0;
  for (const [index, label] of labels.entries()) {
    const length = index > 0 ? tldLength(label.replace(/-+$/, '')) : 0;
    if (length > 0) longest = end + length;
    if (!isLabel(label)) break;
    end += label.length + 1;
  }
  return longest;
};
