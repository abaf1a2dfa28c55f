import { luhnCheck, residentIdCheck, USCC_ALPHABET, usccCheck } from '../checksums.ts';
import { DIGITS, drawUntil, type Random } from '../random.ts';
import type { Maker } from '../types.ts';

const AREAS = (
  '110101 110105 110108 120101 120103 130102 130404 140105 140702 150102 210102 210202 220102 230103 310104 310115 ' +
  '320102 320505 330106 330212 340104 340223 350102 350203 360102 370102 370203 410105 410311 420106 420502 430102 ' +
  '430304 440103 440305 440402 440606 450103 460105 500103 500112 510104 510107 520102 530102 540102 610103 610113 ' +
  '620102 630102 640104 650102 652901 132801 422823'
).split(' ');

const MOBILES = (
  '130 131 132 133 134 135 136 137 138 139 145 147 150 151 152 153 155 156 157 158 159 162 165 166 167 170 171 172 ' +
  '173 175 176 177 178 180 181 182 183 184 185 186 187 188 189 190 191 192 193 195 196 197 198 199'
).split(' ');

const BIG_CITIES = '010 020 021 022 023 024 025 027 028 029 0755 0571 0512 0532 0411 0431 0591 0731 0769 0371'.split(
  ' ',
);
const SMALL_CITIES = '0564 0735 0837 0970 0996 0554 0793'.split(' ');

const PROVINCES = '京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新';
const PLATE_LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const BANKS = '621226 622202 622848 621700 622700 621661 622588 622575 623058 621799 622908 623668'.split(' ');

const two = (value: number): string => `${value}`.padStart(2, '0');

const dateDigits = (random: Random): string =>
  `${random.int(1935, 2019)}${two(random.int(1, 12))}${two(random.int(1, 28))}`;

/** 18 characters that pass GB 11643. */
export const residentId = (random: Random): string => {
  const body = `${random.pick(AREAS)}${dateDigits(random)}${random.digits(3)}`;
  return `${body}${residentIdCheck(body)}`;
};

const writtenResidentId = (random: Random): string => {
  const id = random.chance(0.3)
    ? drawUntil(
        () => residentId(random),
        (one) => one.endsWith('X'),
      )
    : residentId(random);
  const parts = [id.slice(0, 6), id.slice(6, 14), id.slice(14)];
  const separator = random.pick(['', '', '', '', '', ' ', '-']);
  return random.chance(0.1) ? parts.join(separator).toLowerCase() : parts.join(separator);
};

/** Eleven digits of a mobile number that an operator really gives out. */
export const mobile = (random: Random): string => `${random.pick(MOBILES)}${random.digits(8)}`;

const writtenMobile = (random: Random): string => {
  const digits = mobile(random);
  const separator = random.pick(['', '', '', '', ' ', '-', '-']);
  const grouped = [digits.slice(0, 3), digits.slice(3, 7), digits.slice(7)].join(separator);
  return `${random.pick(['', '', '', '', '+86', '+86 ', '+86-', '(+86)', '（+86）', '0086', '0086-', '86-'])}${grouped}`;
};

const landline = (random: Random): string => {
  const isBig = random.chance(0.8);
  const area = random.pick(isBig ? BIG_CITIES : SMALL_CITIES);
  const local = `${random.int(2, 8)}${random.digits(isBig ? 7 : 6)}`;
  const form = random.int(0, 8);
  if (form === 0) return `(${area})${local}`;
  if (form === 1) return `（${area}）${local}`;
  if (form === 2) return `${area} ${local}`;
  if (form === 3) return `+86-${area.slice(1)}-${local}`;
  if (form === 4) return `+86 ${area.slice(1)} ${local.slice(0, -4)} ${local.slice(-4)}`;
  if (form === 5) return `(${area}) ${local.slice(0, -4)}-${local.slice(-4)}`;
  if (form === 6) return `0086-${area.slice(1)}-${local}`;
  return `${area}-${local}`;
};

const grouped4 = (digits: string, separator: string): string => digits.match(/.{1,4}/g)?.join(separator) ?? digits;

const bankCard = (random: Random): string => {
  const body = `${random.pick(BANKS)}${random.digits(random.pick([9, 12, 12, 12]))}`;
  return grouped4(`${body}${luhnCheck(body)}`, random.pick(['', '', '', ' ', ' ', '-']));
};

/** 18 characters that pass GB 32100. */
export const uscc = (random: Random): string => {
  const body = `${random.pick(['91', '91', '92', '93', '52', '12', '11'])}${random.pick(AREAS)}${random.chars(9, USCC_ALPHABET)}`;
  return `${body}${usccCheck(body)}`;
};

const passport = (random: Random): string =>
  random.chance(0.5)
    ? `${random.pick([...'EEEG'])}${random.digits(8)}`
    : `E${random.chars(1, 'ABCDEFGHJKLMNPQRSTUVWXYZ')}${random.digits(7)}`;

const permit = (random: Random): string => {
  if (random.chance(0.3)) return `${random.pick(['H', 'M'])}${random.digits(random.pick([8, 8, 10]))}`;
  return random.chance(0.5)
    ? `${random.pick(['C', 'C', 'W'])}${random.digits(8)}`
    : `C${random.chars(1, 'ABCDEFGH')}${random.digits(7)}`;
};

const plate = (random: Random): string => {
  const start = `${random.pick([...PROVINCES])}${random.chars(1, 'ABCDEFGH')}`;
  const separator = random.pick(['', '', '', '·', '·', ' ', '-', '•']);
  const form = random.int(0, 9);
  if (form < 3) return `${start}${separator}${random.chars(1, 'DF')}${random.digits(5)}`;
  if (form < 4) return `${start}${separator}${random.digits(4)}${random.pick(['警', '学', '挂', '港'])}`;
  if (form < 7) return `${start}${separator}${random.digits(5)}`;
  const body = drawUntil(
    () => random.chars(5, `${PLATE_LETTERS}${DIGITS}${DIGITS}`),
    (text) => /\d.*\d.*\d/.test(text),
  );
  return `${start}${separator}${body}`;
};

const medicalRecord = (random: Random): string =>
  random.pick([
    random.digits(random.int(6, 10)),
    `00${random.digits(8)}`,
    `ZY${random.digits(8)}`,
    `M${random.digits(7)}`,
    `${random.int(2015, 2026)}-${random.digits(6)}`,
    `MZ${random.int(2015, 2026)}${random.digits(6)}`,
  ]);

const SURNAMES =
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤';
const GIVEN =
  '伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红鹏辉建国志文云洁莉斌浩宇轩子涵梓欣怡雨泽佳琪思源晓彤博雅';
const DOUBLE = ['欧阳', '司马', '上官', '诸葛', '皇甫', '东方', '慕容'];

/** Surname and given name. */
export const cnName = (random: Random): string =>
  `${random.chance(0.06) ? random.pick(DOUBLE) : random.pick([...SURNAMES])}${random.chars(random.pick([1, 2, 2, 2]), GIVEN)}`;

const PLACES = [
  '北京市朝阳区建国路',
  '北京市海淀区中关村南大街',
  '上海市浦东新区世纪大道',
  '上海市徐汇区漕溪北路',
  '广东省深圳市南山区科技园南路',
  '广东省广州市天河区体育西路',
  '浙江省杭州市西湖区文三路',
  '江苏省南京市鼓楼区中山北路',
  '四川省成都市武侯区人民南路四段',
  '湖北省武汉市洪山区珞喻路',
  '陕西省西安市雁塔区长安南路',
  '山东省青岛市市南区香港中路',
  '辽宁省大连市中山区人民路',
  '福建省厦门市思明区湖滨南路',
  '重庆市渝北区龙溪街道金山路',
  '天津市和平区南京路',
  '湖南省长沙市岳麓区麓山南路',
];

const address = (random: Random): string => {
  const house = `${random.pick(PLACES)}${random.int(1, 999)}号`;
  const rest = random.pick([
    '',
    `${random.int(1, 30)}号楼${random.int(101, 2808)}室`,
    `${random.pick([...'甲乙'])}座${random.int(2, 30)}层`,
    `翠园小区${random.int(1, 20)}栋${random.int(1, 4)}单元${random.int(101, 1802)}`,
  ]);
  return `${house}${rest}`;
};

const NUMBER_DISGUISES = ['full-width', 'zero-width', 'exotic-dash', 'exotic-space', 'line-break'] as const;

export const CN_MAKERS: readonly Maker[] = [
  {
    type: 'cn.resident-id',
    languages: ['zh', 'zh', 'zh', 'en'],
    make: writtenResidentId,
    disguises: NUMBER_DISGUISES,
    labels: {
      zh: ['身份证号', '身份证', '身份证号码', '公民身份号码', '证件号码', '证件号'],
      en: ['ID card', 'resident ID', 'national ID', 'ID number', 'Chinese ID'],
    },
    keys: ['id_card', 'idCard', 'id_no', 'identity', 'cert_no', 'sfzh'],
  },
  {
    type: 'cn.resident-id-15',
    languages: ['zh', 'zh', 'zh', 'en'],
    needsLabel: true,
    disguises: ['full-width', 'zero-width'],
    make: (random) => `${random.pick(AREAS)}${dateDigits(random).slice(2)}${random.digits(3)}`,
    labels: {
      zh: ['身份证号', '一代身份证', '旧身份证号码', '身份证'],
      en: ['ID card', 'old resident ID', 'Chinese ID card'],
    },
    keys: ['id_card', 'idCard', 'id_card_no'],
  },
  {
    type: 'cn.mobile',
    languages: ['zh', 'zh', 'zh', 'en'],
    make: writtenMobile,
    disguises: NUMBER_DISGUISES,
    labels: {
      zh: ['手机号', '手机', '联系电话', '电话', '手机号码', '联系方式', '本人电话'],
      en: ['mobile', 'phone', 'cell', 'Tel', 'contact number', 'WeChat/phone'],
    },
    keys: ['phone', 'mobile', 'tel', 'mobile_no', 'phoneNumber', 'contact', 'sjh'],
  },
  {
    type: 'cn.landline',
    languages: ['zh', 'zh', 'zh', 'en'],
    make: landline,
    disguises: ['full-width', 'zero-width', 'exotic-dash', 'exotic-space'],
    labels: {
      zh: ['电话', '座机', '固定电话', '办公电话', '联系电话', '传真', '家庭电话'],
      en: ['Tel', 'phone', 'fax', 'office phone', 'landline'],
    },
    keys: ['tel', 'telephone', 'fax', 'office_phone', 'landline'],
  },
  {
    type: 'cn.bank-card',
    languages: ['zh', 'zh', 'zh', 'en'],
    make: bankCard,
    disguises: NUMBER_DISGUISES,
    labels: {
      zh: ['银行卡号', '卡号', '储蓄卡', '收款账号', '工资卡号', '借记卡', '账号'],
      en: ['card', 'bank card', 'debit card', 'account', 'UnionPay card'],
    },
    keys: ['bank_card', 'cardNo', 'card_no', 'account', 'acct_no', 'bankCard'],
  },
  {
    type: 'cn.uscc',
    languages: ['zh', 'zh', 'zh', 'en'],
    make: uscc,
    disguises: ['full-width', 'zero-width'],
    labels: {
      zh: ['统一社会信用代码', '信用代码', '税号', '纳税人识别号', '社会信用代码'],
      en: ['USCC', 'unified social credit code', 'credit code', 'tax number'],
    },
    keys: ['uscc', 'credit_code', 'tax_no', 'creditCode', 'tyshxydm'],
  },
  {
    type: 'cn.passport',
    languages: ['zh', 'zh', 'en'],
    needsLabel: true,
    make: passport,
    disguises: ['full-width', 'zero-width'],
    labels: {
      zh: ['护照号', '护照', '护照号码', '护照编号', '中国护照'],
      en: ['passport', 'passport no.', 'Passport number', 'Chinese passport'],
    },
    keys: ['passport', 'passport_no', 'passportNumber'],
  },
  {
    type: 'cn.permit',
    languages: ['zh', 'zh', 'zh', 'en'],
    needsLabel: true,
    make: permit,
    disguises: ['full-width', 'zero-width'],
    labels: {
      zh: [
        '港澳通行证',
        '往来港澳通行证',
        '港澳通行证号码',
        '通行证号',
        '回乡证',
        '港澳居民来往内地通行证',
        '来往内地通行证号',
      ],
      en: ['Hong Kong/Macao permit', 'HK/Macau travel permit', 'Exit-Entry Permit', 'home return permit'],
    },
    keys: ['hk_macao_permit', 'hkMacaoPermit'],
  },
  {
    type: 'cn.plate',
    languages: ['zh', 'zh', 'zh', 'zh', 'en'],
    make: plate,
    disguises: ['full-width', 'zero-width'],
    labels: {
      zh: ['车牌号', '车牌', '号牌号码', '车牌号码', '肇事车辆'],
      en: ['plate', 'license plate', 'plate number', 'vehicle'],
    },
    keys: ['plate', 'plate_no', 'car_no', 'licensePlate'],
  },
  {
    type: 'cn.medical-record',
    languages: ['zh', 'zh', 'zh', 'en'],
    needsLabel: true,
    make: medicalRecord,
    disguises: ['full-width'],
    labels: {
      zh: ['病历号', '住院号', '门诊号', '病案号', '就诊卡号', '病历号码', '门诊病历号'],
      en: ['MRN', 'medical record number', 'Medical record no.', 'patient ID', 'chart number'],
    },
    keys: ['mrn', 'medical_record_no', 'patient_id', 'medicalRecordNumber'],
  },
  {
    type: 'cn.name',
    languages: ['zh'],
    needsLabel: true,
    make: cnName,
    disguises: [],
    labels: {
      zh: ['姓名', '患者姓名', '客户姓名', '收件人', '联系人', '申请人', '户名', '持卡人', '经办人'],
      en: ['Name', 'Full name'],
    },
    keys: ['姓名', '客户姓名', '联系人'],
  },
  {
    type: 'cn.address',
    languages: ['zh'],
    needsLabel: true,
    make: address,
    disguises: [],
    labels: { zh: ['地址', '住址', '收货地址', '家庭住址', '通讯地址', '现住址', '户籍地址'], en: ['Address'] },
    keys: ['地址', '收货地址', '住址'],
  },
];
