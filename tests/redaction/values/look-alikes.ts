import { eanCheck, ibanCheck, isLuhn, luhnCheck, residentIdCheck, USCC_ALPHABET, usccCheck } from '../checksums.ts';
import { ALNUM, BASE64, DIGITS, drawUntil, HEX, LOWER, type Random, UPPER } from '../random.ts';
import { mobile, residentId, uscc } from './cn.ts';
import { iban } from './global.ts';

/** Something that is nobody's data but looks like it. */
export interface LookAlike {
  readonly name: string;
  readonly labels: Readonly<Record<'zh' | 'en', readonly string[]>>;
  readonly keys: readonly string[];
  /** Whether it is innocent even where nothing says what it is. */
  readonly isBare: boolean;
  /** Only a word right beside it says that it is no private value. */
  readonly isNear?: true;
  readonly make: (random: Random) => string;
}

/** No run of digits in it, gaps left out, is a card number or a resident ID by chance. */
export const isInnocent = (text: string): boolean =>
  [...text.replace(/[ -]/g, '').matchAll(/\d{13,19}/g)].every(
    ([run]) => !isLuhn(run) && !(run.length === 18 && residentIdCheck(run.slice(0, 17)) === run[17]),
  );

const innocent = (make: (random: Random) => string) => (random: Random) => drawUntil(() => make(random), isInnocent);

const two = (value: number): string => `${value}`.padStart(2, '0');
const grouped = (digits: string, separator: string): string => digits.match(/.{1,4}/g)?.join(separator) ?? digits;

export const date = (random: Random): string => {
  const [year, month, day] = [random.int(2015, 2027), random.int(1, 12), random.int(1, 28)];
  return random.pick([
    `${year}-${two(month)}-${two(day)}`,
    `${year}/${month}/${day}`,
    `${year}年${month}月${day}日`,
    `${two(month)}/${two(day)}/${year}`,
  ]);
};

const compactTime = (random: Random): string =>
  `${random.int(2015, 2026)}${two(random.int(1, 12))}${two(random.int(1, 28))}${two(random.int(0, 23))}${two(random.int(0, 59))}${two(random.int(0, 59))}`;

export const orderNumber = innocent((random) =>
  random.pick([
    `${compactTime(random)}${random.digits(random.int(2, 8))}`,
    `DD${compactTime(random).slice(0, 8)}${random.digits(6)}`,
    `SO-${random.digits(8)}`,
    `SO${mobile(random)}`,
    `E2024${random.digits(13)}`,
    `${random.int(2019, 2026)}-${random.digits(4)}-${random.digits(6)}`,
    `${random.digits(3)}-${random.digits(7)}-${random.digits(7)}`,
    `${random.pick(['6', '4', '3'])}${random.digits(18)}`,
    random.digits(random.pick([6, 7, 8, 9, 12])),
  ]),
);

export const uuid = (random: Random): string =>
  [8, 4, 4, 4, 12].map((count) => random.chars(count, random.chance(0.15) ? DIGITS : HEX)).join('-');

/** Four numbers that would do as an address, or nearly. */
export const version4 = (random: Random): string =>
  [random.int(0, 25), random.int(0, 20), random.int(0, 99), random.int(0, 250)].join('.');

const version = (random: Random): string =>
  random.pick([
    version4(random),
    `v${random.int(0, 30)}.${random.int(0, 20)}.${random.int(0, 99)}`,
    `${random.int(1, 9)}.${random.int(0, 20)}.${random.int(0, 9)}-rc.${random.int(1, 9)}`,
  ]);

const ean = (random: Random): string => {
  const body = `69${random.digits(10)}`;
  return `${body}${eanCheck(body)}`;
};

const isbn = (random: Random): string => {
  const body = `9787${random.digits(8)}`;
  const all = `${body}${eanCheck(body)}`;
  return random.chance(0.5)
    ? all
    : `${all.slice(0, 3)}-${all.slice(3, 4)}-${all.slice(4, 8)}-${all.slice(8, 12)}-${all.slice(12)}`;
};

const brokenCard = innocent((random) => {
  const digits = drawUntil(
    () => `${random.pick(['4', '51', '55', '62', '6222', '37'])}${random.digits(15)}`.slice(0, 16),
    (one) => !isLuhn(one),
  );
  return grouped(digits, random.pick(['', '', ' ', '-']));
});

/** Passes Luhn, as one number of ten does, but no bank issues it. */
const unissuedCard = (random: Random): string => {
  const body = `${random.pick(['0', '1', '7', '9'])}${random.digits(14)}`;
  return `${body}${luhnCheck(body)}`;
};

const brokenResidentId = innocent((random) => {
  const id = residentId(random);
  const form = random.int(0, 2);
  if (form === 0)
    return `${id.slice(0, 17)}${drawUntil(
      () => random.chars(1, `${DIGITS}X`),
      (last) => last !== id[17],
    )}`;
  if (form === 1) return `${id.slice(0, 10)}${random.int(13, 99)}${id.slice(12)}`;
  return `${random.pick(['99', '70', '00', '19', '20'])}${id.slice(2, 17)}${random.digits(1)}`;
});

const brokenUscc = innocent((random) => {
  const code = uscc(random);
  return `${code.slice(0, 17)}${drawUntil(
    () => random.chars(1, USCC_ALPHABET),
    (last) => last !== usccCheck(code.slice(0, 17)),
  )}`;
});

const brokenIban = innocent((random) => {
  const good = iban(random);
  const right = ibanCheck(good.slice(0, 2), good.slice(4));
  const text = `${good.slice(0, 2)}${drawUntil(
    () => two(random.int(2, 98)),
    (check) => check !== right,
  )}${good.slice(4)}`;
  return grouped(text, random.pick(['', ' ']));
});

const brokenSsn = (random: Random): string => {
  const serial = random.digits(3);
  return random.pick([
    `000-${random.int(10, 99)}-1${serial}`,
    `666-${random.int(10, 99)}-2${serial}`,
    `9${random.digits(2)}-${random.int(10, 48)}-3${serial}`,
    `${random.int(100, 665)}-00-4${serial}`,
    `${random.int(100, 665)}-${random.int(10, 99)}-0000`,
    `${random.digits(3)}-${random.digits(2)}-${random.digits(5)}`,
    `${random.digits(4)}-${random.digits(2)}-${random.digits(4)}`,
  ]);
};

const noPhone = (random: Random): string =>
  random.pick([
    `1${random.pick(['0', '1', '2'])}${random.digits(9)}`,
    `${random.pick(['0', '1'])}${random.digits(2)}-${random.digits(3)}-${random.digits(4)}`,
    `${random.int(200, 989)}-${random.pick(['0', '1'])}${random.digits(2)}-${random.digits(4)}`,
    `2${random.digits(10)}`,
  ]);

const phoneInside = innocent((random) =>
  random.pick([
    `${random.digits(4)}${mobile(random)}${random.digits(3)}`,
    `0.${mobile(random)}`,
    `${mobile(random)}${random.digits(1)}`,
    `X${mobile(random)}Y`,
    `${random.int(2, 9)}${mobile(random)}`,
  ]),
);

const fingerprint = (random: Random): string =>
  Array.from({ length: random.pick([16, 20, 32]) }, () => random.chars(2, HEX))
    .join(':')
    .toUpperCase();

const hash = (random: Random): string => random.chars(random.pick([40, 40, 64, 32, 7, 12]), HEX);

export const coordinates = (random: Random): string =>
  random.pick([
    `${random.int(18, 53)}.${random.digits(6)}, ${random.int(73, 134)}.${random.digits(6)}`,
    `${random.int(73, 134)}.${random.digits(11)}`,
    `N ${random.int(18, 53)}°${random.int(10, 59)}'${random.int(10, 59)}.${random.digits(2)}"`,
  ]);

const tracking = innocent((random) =>
  random.pick([
    `SF${random.digits(13)}`,
    `YT${random.digits(13)}`,
    `1Z${random.chars(16, `${UPPER}${DIGITS}`)}`,
    `JD${random.digits(13)}`,
    `77${random.digits(13)}`,
    `EA${random.digits(9)}CN`,
    random.digits(12),
  ]),
);

const serial = (random: Random): string =>
  random.pick([
    `SN-${random.chars(4, UPPER)}-${random.digits(6)}`,
    `C02${random.chars(9, `${UPPER}${DIGITS}`)}`,
    `${random.chars(5, `${UPPER}${DIGITS}`)}-${random.chars(5, `${UPPER}${DIGITS}`)}-${random.chars(5, `${UPPER}${DIGITS}`)}`,
  ]);

const price = (random: Random): string =>
  random.pick([
    `¥${random.int(1, 99)},${random.digits(3)},${random.digits(3)}.00`,
    `${random.int(100, 999)}.${random.digits(2)}元`,
    `$${random.int(1, 9)},${random.digits(3)}.50`,
    `人民币${random.int(1, 9)}${random.digits(10)}元`,
  ]);

const one = (
  name: string,
  make: LookAlike['make'],
  zh: string,
  en: string,
  keys: string,
  isBare = true,
): LookAlike => ({
  ...{ name, make, isBare, keys: keys.split(' ') },
  labels: { zh: zh.split(' '), en: en.split('|') },
});

export const LOOK_ALIKES: readonly LookAlike[] = [
  one(
    'order',
    orderNumber,
    '订单号 订单编号 交易单号 商户订单号 工单号',
    'order|order no.|Order #|ticket|invoice number',
    'order_id orderNo order invoice_no',
  ),
  {
    ...one(
      'mobile-like order',
      mobile,
      '订单号 快递单号 流水号',
      'order no.|Order #|tracking number',
      'order_id orderNo',
    ),
    ...{ isBare: false, isNear: true },
  },
  one('uuid', uuid, '请求ID 会话ID 追踪号', 'request id|session|trace|UUID', 'request_id id uuid traceId'),
  one('hash', hash, '提交 哈希 摘要 镜像摘要', 'commit|sha|digest|etag|revision', 'commit sha checksum revision'),
  one(
    'version',
    version,
    '版本 版本号 固件版本 当前版本',
    'version|release|firmware version|driver version',
    'version app_version fw_version',
    false,
  ),
  one(
    'date',
    date,
    '办理日期 开庭时间 有效期至 发货日期',
    'due date|date|valid until|shipped',
    'date due_date expires created',
  ),
  one(
    'time stamp',
    (random) =>
      random.pick([`17${random.digits(11)}`, `17${random.digits(8)}`, compactTime(random), `17${random.digits(14)}`]),
    '时间戳 时间',
    'timestamp|ts|epoch',
    'ts timestamp created_at time',
  ),
  one('EAN', innocent(ean), '条码 商品条码 69码', 'EAN|barcode|GTIN', 'ean barcode gtin'),
  one('ISBN', innocent(isbn), 'ISBN 书号', 'ISBN|ISBN-13', 'isbn isbn13'),
  one(
    'tracking',
    tracking,
    '快递单号 运单号 物流单号',
    'tracking number|tracking|waybill|parcel',
    'tracking_no waybill parcel',
  ),
  one(
    'broken card',
    brokenCard,
    '流水号 批次号 凭证号 积分编号',
    'batch|reference|voucher|loyalty no.',
    'batch_no reference voucher',
  ),
  one('unissued card', unissuedCard, '流水号 批次号 凭证号', 'batch|reference|voucher', 'batch_no reference voucher'),
  one(
    'broken resident ID',
    brokenResidentId,
    '流水号 业务编号 样本编号',
    'sample no.|serial|case',
    'serial_no sample_id case_no',
  ),
  one('broken USCC', brokenUscc, '物料编码 设备编码 资产编号', 'asset|material code|part', 'asset_no material part_no'),
  one('broken IBAN', brokenIban, '参考号 合同号 附言', 'mandate|reference|contract', 'mandate reference contract_no'),
  one(
    'broken SSN',
    brokenSsn,
    '零件号 图号 编号',
    'part no.|drawing|catalogue number|model',
    'part_no drawing catalogue_no',
  ),
  one('no phone', noPhone, '编号 会员编号 批号', 'lot|member no.|item', 'lot member_no item'),
  one('phone inside', phoneInside, '序列号 指标 样本', 'sample|metric|serial', 'metric sample_id serial'),
  one('fingerprint', fingerprint, '证书指纹 指纹', 'fingerprint|SHA1 Fingerprint|thumbprint', 'fingerprint thumbprint'),
  one('coordinates', coordinates, '坐标 经纬度 位置', 'coordinates|location|lat,lng', 'location geo lng'),
  one('serial', serial, '序列号 设备序列号 机身号', 'serial number|S/N|model', 'serial sn model_no'),
  one('price', price, '金额 总价 余额', 'total|amount|price', 'amount total price'),
  one(
    'base64',
    (random) => `${random.chars(random.pick([24, 40, 86]), BASE64)}==`,
    '图片数据 内容',
    'body|content|payload',
    'body content payload',
  ),
  one(
    'colour',
    (random) => `#${random.chars(random.pick([6, 8, 3]), HEX)}`,
    '颜色 主题色',
    'colour|color|background',
    'color background fill',
  ),
  one(
    'ratio',
    (random) =>
      random.pick([
        `${random.int(1, 20)}:${random.int(1, 9)}`,
        `${random.int(10, 23)}:${random.int(10, 59)}:${random.int(10, 59)}`,
        `${random.int(1, 999)}/${random.int(1, 999)}`,
      ]),
    '比例 时间 进度',
    'ratio|time|progress',
    'ratio time progress',
  ),
  one(
    'dimension',
    (random) => `${random.int(100, 4000)}x${random.int(100, 4000)}x${random.int(1, 400)}`,
    '尺寸 规格',
    'size|dimensions',
    'size dimensions',
  ),
  one(
    'identifier',
    (random) =>
      random.pick([
        `${random.chars(4, LOWER)}_${random.chars(20, ALNUM)}`,
        `c${random.chars(24, `${LOWER}${DIGITS}`)}`,
        random.chars(21, ALNUM),
        `0x${random.chars(16, HEX)}`,
        `pod-${random.chars(10, `${LOWER}${DIGITS}`)}-${random.chars(5, LOWER)}`,
      ]),
    '对象ID 节点',
    'object|pod|node id',
    'object_id pod node_id',
  ),
  one(
    'long number',
    innocent((random) => random.digits(random.pick([10, 17, 20, 22, 24, 32]))),
    '批号 订单流水 总数',
    'count|lot|total rows',
    'lot rows count',
  ),
];
