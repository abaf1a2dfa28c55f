import { type Random, UPPER } from '../random.ts';
import type { Maker } from '../types.ts';

const AREA_CODES =
  '201 202 206 212 213 214 303 305 310 312 313 404 408 415 425 503 512 602 617 619 646 650 702 713 718 773 801 808 858 917 925 949 972'.split(
    ' ',
  );
const ITIN_GROUPS = [50, 55, 58, 65, 70, 74, 79, 83, 88, 90, 91, 92, 94, 96, 99];

const padded = (value: number, width: number): string => `${value}`.padStart(width, '0');

/** Three parts that the Social Security Administration may have issued. */
const ssn = (random: Random): string => {
  const area = random.chance(0.8) ? random.int(1, 665) : random.int(667, 899);
  return [padded(area, 3), padded(random.int(1, 99), 2), padded(random.int(1, 9999), 4)].join(
    random.pick(['-', '-', '-', ' ']),
  );
};

const itin = (random: Random): string =>
  [`9${random.digits(2)}`, `${random.pick(ITIN_GROUPS)}`, random.digits(4)].join(random.pick(['-', '-', '-', ' ']));

const phone = (random: Random): string => {
  const [area, exchange, line] = [random.pick(AREA_CODES), `${random.int(2, 9)}${random.digits(2)}`, random.digits(4)];
  return random.pick([
    `(${area}) ${exchange}-${line}`,
    `(${area}) ${exchange}-${line}`,
    `(${area})${exchange}-${line}`,
    `${area}-${exchange}-${line}`,
    `${area}-${exchange}-${line}`,
    `${area}.${exchange}.${line}`,
    `${area} ${exchange} ${line}`,
    `+1 ${area}-${exchange}-${line}`,
    `+1 (${area}) ${exchange}-${line}`,
    `+1${area}${exchange}${line}`,
    `+1 ${area} ${exchange} ${line}`,
    `1-${area}-${exchange}-${line}`,
    `001-${area}-${exchange}-${line}`,
  ]);
};

const licence = (random: Random): string =>
  random.pick([
    `${random.chars(1, UPPER)}${random.digits(7)}`,
    random.digits(8),
    random.digits(9),
    `${random.chars(1, UPPER)}${random.digits(3)}-${random.digits(4)}-${random.digits(4)}`,
    `${random.chars(1, UPPER)}${random.digits(12)}`,
    `${random.chars(1, UPPER)}${random.digits(3)}-${random.digits(3)}-${random.digits(2)}-${random.digits(3)}-${random.digits(1)}`,
  ]);

export const US_MAKERS: readonly Maker[] = [
  {
    type: 'us.ssn',
    languages: ['en', 'en', 'en', 'zh'],
    make: ssn,
    disguises: ['full-width', 'zero-width', 'exotic-dash', 'exotic-space', 'line-break'],
    labels: {
      zh: ['社会安全号', 'SSN', '美国社安号', '社会保障号'],
      en: ['SSN', 'Social Security Number', 'social security no.', 'Soc. Sec. #', 'SS#'],
    },
    keys: ['ssn', 'social_security_number', 'socialSecurity'],
  },
  {
    type: 'us.itin',
    languages: ['en', 'en', 'en', 'zh'],
    make: itin,
    disguises: ['full-width', 'zero-width', 'exotic-dash', 'exotic-space'],
    labels: {
      zh: ['ITIN', '个人报税识别号', '美国个人税号'],
      en: ['ITIN', 'taxpayer ID', 'Individual Taxpayer Identification Number', 'TIN'],
    },
    keys: ['itin', 'tin', 'taxpayer_id'],
  },
  {
    type: 'us.phone',
    languages: ['en', 'en', 'en', 'zh'],
    make: phone,
    disguises: ['full-width', 'zero-width', 'exotic-dash', 'exotic-space', 'line-break'],
    labels: {
      zh: ['美国电话', '电话', '海外联系电话'],
      en: ['phone', 'Tel', 'mobile', 'cell', 'call me at', 'fax', 'contact'],
    },
    keys: ['phone', 'phone_number', 'cell', 'fax', 'contactPhone'],
  },
  {
    type: 'us.passport',
    languages: ['en', 'en', 'en', 'zh'],
    needsLabel: true,
    disguises: ['full-width', 'zero-width'],
    make: (random) =>
      random.chance(0.5) ? random.digits(9) : `${random.chars(1, 'ABCDEFGHJKLMNPRSTUVWXYZ')}${random.digits(8)}`,
    labels: {
      zh: ['美国护照', '护照号码', '护照号'],
      en: ['passport', 'passport no.', 'Passport number', 'US passport', 'passport #'],
    },
    keys: ['passport', 'passport_number', 'passportNo'],
  },
  {
    type: 'us.licence',
    languages: ['en', 'en', 'en', 'zh'],
    needsLabel: true,
    make: licence,
    disguises: ['zero-width'],
    labels: {
      zh: ['美国驾照号', '驾照号码', '驾驶证号'],
      en: [
        "driver's license",
        'driver license no.',
        "Driver's License #",
        'DL#',
        'driving licence',
        'drivers license number',
      ],
    },
    keys: ['drivers_license', 'driver_license_no', 'driversLicenseNumber', 'dl_number'],
  },
];
