import { isMonotonous, passesLuhn } from './luhn.ts';

/** A card scheme: what its numbers begin with (`from-to` of equal length) and how long they are. */
interface Scheme {
  readonly name: string;
  readonly ranges: readonly string[];
  readonly lengths: readonly number[];
}

const SCHEMES: readonly Scheme[] = [
  { name: 'Visa', ranges: ['4-4'], lengths: [13, 16, 19] },
  { name: 'Mastercard', ranges: ['51-55', '2221-2720'], lengths: [16] },
  { name: 'American Express', ranges: ['34-34', '37-37'], lengths: [15] },
  { name: 'Discover', ranges: ['6011-6011', '644-649', '65-65'], lengths: [16] },
  { name: 'JCB', ranges: ['3528-3589'], lengths: [16] },
  { name: 'JCB', ranges: ['2131-2131', '1800-1800'], lengths: [15] },
  { name: 'Diners Club', ranges: ['300-305', '3095-3095', '36-36', '38-39'], lengths: [14, 16] },
  {
    name: 'Maestro',
    ranges: ['5018-5018', '5020-5020', '5038-5038', '5893-5893', '6304-6304', '6759-6759', '6761-6763'],
    lengths: [12, 13, 14, 15, 16, 17, 18, 19],
  },
  { name: 'Dankort', ranges: ['5019-5019'], lengths: [16] },
  { name: 'Mir', ranges: ['2200-2204'], lengths: [16, 19] },
  {
    name: 'RuPay',
    ranges: ['508500-508999', '606985-607984', '608001-608500', '8172-8172', '817200-820199'],
    lengths: [16],
  },
  { name: 'Troy', ranges: ['979200-979289'], lengths: [16] },
  {
    name: 'Elo',
    ranges: [
      '401178-401179',
      '438935-438935',
      '504175-504175',
      '506699-506778',
      '509000-509999',
      '627780-627780',
      '636297-636297',
      '636368-636368',
      '650031-651679',
    ],
    lengths: [16],
  },
  { name: 'Verve', ranges: ['506099-506198', '650002-650027'], lengths: [16, 19] },
];

/** UnionPay's own range, and those of mainland banks from before it. */
const UNION_PAY =
  /^(?:62|81|9558|9559|9551|60(?:1382|1428|2907|2969|3128|3265|3367|3445|3506|3601|3602|3694|3708)|690755|685800|683970|694301|695800|84(?:301|336|373|385|390)|87(?:0[0134]0)|90(?:0000|0105|0205|30)|940\d|9682|984301|984303|985262)/;

interface Range {
  readonly scheme: Scheme;
  readonly from: string;
  readonly to: string;
}

/** Ranges by the first digit. */
const RANGES: readonly (readonly Range[])[] = Array.from({ length: 10 }, (_, digit) =>
  SCHEMES.flatMap((scheme) =>
    scheme.ranges
      .map(
        (range): Range => ({
          scheme,
          from: range.slice(0, range.indexOf('-')),
          to: range.slice(range.indexOf('-') + 1),
        }),
      )
      .filter(({ from, to }) => from.charCodeAt(0) - 0x30 <= digit && to.charCodeAt(0) - 0x30 >= digit),
  ),
);

/** The scheme whose numbers begin so and are so long. */
export const schemeOf = (digits: string): string | undefined => {
  for (const { scheme, from, to } of RANGES[digits.charCodeAt(0) - 0x30] ?? []) {
    const start = digits.slice(0, from.length);
    if (start >= from && start <= to && scheme.lengths.includes(digits.length)) return scheme.name;
  }
  return undefined;
};

/** Why digits are no card of a scheme of the world; nothing when they are one. */
export const refuseCard = (digits: string): string | undefined => {
  if (schemeOf(digits) === undefined) return 'no card scheme has this beginning and length';
  if (isMonotonous(digits)) return 'one digit repeated';
  return passesLuhn(digits) ? undefined : 'the Luhn check digit differs';
};

/** Why digits are no mainland bank card. */
export const refuseBankCard = (digits: string): string | undefined => {
  if (!UNION_PAY.test(digits)) return 'no mainland bank has this beginning';
  if (isMonotonous(digits)) return 'one digit repeated';
  return passesLuhn(digits) ? undefined : 'the Luhn check digit differs';
};
