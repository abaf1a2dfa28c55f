/** The default alphabet of GSM 03.38 (3GPP TS 23.038, section 6.2.1), without the escape. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);

/** What is written as an escape and a second septet (section 6.2.1.1). */
const EXTENSION = new Set('\f^{}\\[~]|€');

/** Septets that one character takes; undefined where the alphabet lacks it. */
export const septetsOf = (character: string): 1 | 2 | undefined => {
  if (BASIC.has(character)) return 1;
  return EXTENSION.has(character) ? 2 : undefined;
};

/**
 * Signs of typography that have a plain counterpart. One of them makes a message of 160 characters one of 70, so they
 * are not worth themselves.
 */
const PLAIN: Readonly<Record<string, string>> = {
  '\t': ' ',
  '\u00a0': ' ',
  '\u202f': ' ',
  '°': ' ',
  '·': '.',
  '•': '-',
  '`': "'",
  '´': "'",
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '‐': '-',
  '‑': '-',
  '–': '-',
  '—': '-',
  '…': '...',
  '→': '->',
  '≤': '<=',
  '≥': '>=',
  '×': 'x',
};

/** The text in the GSM alphabet where plain signs get it there, else as it was. */
export const toPlain = (text: string): string => {
  const plain = Array.from(text, (character) => PLAIN[character] ?? character).join('');
  return isPlain(plain) ? plain : text;
};

/** Can every character be sent in the GSM alphabet? */
export const isPlain = (text: string): boolean =>
  Array.from(text).every((character) => septetsOf(character) !== undefined);
