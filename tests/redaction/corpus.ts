import { FORM_CARRIERS } from './carriers/forms.ts';
import { BARE_CARRIERS, type Carrier, NAMED_CARRIERS } from './carriers/generic.ts';
import { INNOCENT_CARRIERS } from './carriers/innocent.ts';
import { HEADER_CARRIERS, PASSWORD_CARRIERS, URL_CARRIERS } from './carriers/secret-carriers.ts';
import { compose, disguisedValue, fill, type Piece } from './compose.ts';
import { drawUntil, hashOf, type Random, randomOf } from './random.ts';
import { MAKERS, slotPieces } from './slots.ts';
import { type LabelledText, type Language, type Maker, TYPES, type ValueType } from './types.ts';
import { LOOK_ALIKES } from './values/look-alikes.ts';

/** The rules' author sees what fails in the first part; of the second, figures alone. */
export const PARTS = ['development', 'held-out'] as const;
export type Part = (typeof PARTS)[number];

const TEXTS_PER_PART = 6000;
const LOOK_ALIKE_SHARE = 0.44;
const DISGUISED_SHARE = 0.22;
/** A quarter of all carriers is never seen in the first part. */
const isHeldOut = (carrier: string): boolean => hashOf(carrier) % 4 === 0;

/** More of what comes in many shapes, and enough of each core type that one miss is less than 1 %. */
const weightOf = ({ type }: Maker): number => {
  if (type === 'secrets.vendor-key') return 8;
  return TYPES[type] === 'core' ? 3 : 2;
};
const TURNS: readonly Maker[] = MAKERS.flatMap((maker) => Array.from({ length: weightOf(maker) }, () => maker));

/** A column's head, and other things between a word and its value. */
const FAR = /INSERT|\{key\}[,;]|\n\|---|\?/;

/** A query would hold them encoded beyond recognition. */
const WITHOUT_URL_FORM: ReadonlySet<ValueType> = new Set(['secrets.pem', 'cn.name', 'cn.address', 'cn.plate'] as const);

/** The texts of a part: the same on every machine and every day. */
export const corpusOf = (part: Part): readonly LabelledText[] => {
  const random = randomOf(`redaction ${part} 1`);
  const choose = <T extends string | Carrier>(carriers: readonly T[]): T =>
    random.pick(carriers.filter((one) => part === 'held-out' || !isHeldOut(typeof one === 'string' ? one : one.text)));
  let turn = 0;
  const nextMaker = (): Maker => TURNS[turn++ % TURNS.length] ?? random.pick(TURNS);
  return Array.from({ length: TEXTS_PER_PART }, (_, index) => {
    const writer: Writer = { random, choose, nextMaker };
    const { carrier, pieces } = random.chance(LOOK_ALIKE_SHARE) ? innocentText(writer) : privateText(writer);
    return compose(`${part}-${index}`, carrier, pieces);
  });
};

interface Writer {
  readonly random: Random;
  readonly choose: <T extends string | Carrier>(carriers: readonly T[]) => T;
  readonly nextMaker: () => Maker;
}

interface Draft {
  readonly carrier: string;
  readonly pieces: readonly Piece[];
}

const innocentText = (writer: Writer): Draft => {
  const { random } = writer;
  const roll = random.next();
  if (roll < 0.5) return withMore(writer, ofTemplate(writer, writer.choose(INNOCENT_CARRIERS)), 0.15);
  const one = random.pick(LOOK_ALIKES);
  const isNamed = !one.isBare || roll < 0.82;
  return ofCarrier(writer, isNamed ? NAMED_CARRIERS : BARE_CARRIERS, {
    ...{ language: random.pick(['zh', 'en'] as const), labels: one.labels, keys: one.keys, hasUrlForm: true },
    ...(one.isNear === true ? { isNear: true } : {}),
    piece: () => one.make(random),
  });
};

const privateText = (writer: Writer): Draft => {
  const { random } = writer;
  const roll = random.next();
  const draft =
    roll < 0.26
      ? ofTemplate(writer, writer.choose(FORM_CARRIERS))
      : roll < 0.38
        ? ofTemplate(writer, writer.choose(PASSWORD_CARRIERS))
        : roll < 0.43
          ? ofTemplate(writer, writer.choose(HEADER_CARRIERS))
          : roll < 0.48
            ? ofTemplate(writer, writer.choose(URL_CARRIERS))
            : ofMaker(writer, writer.nextMaker());
  return withMore(writer, draft, 0.2);
};

const ofMaker = (writer: Writer, maker: Maker): Draft => {
  const { random } = writer;
  const isNamed = maker.needsLabel === true || random.chance(0.65);
  return ofCarrier(writer, isNamed ? NAMED_CARRIERS : BARE_CARRIERS, {
    ...{ language: random.pick(maker.languages), labels: maker.labels, keys: maker.keys },
    hasUrlForm: !WITHOUT_URL_FORM.has(maker.type),
    piece: ({ inside }) => ({
      type: maker.type,
      value:
        inside === 'url'
          ? drawUntil(
              () => maker.make(random),
              (value) => /^[!-~]+$/.test(value) && !value.includes('//'),
            )
          : disguisedValue(maker, random, { share: DISGUISED_SHARE, isOneLine: inside !== undefined }),
    }),
  });
};

interface Content {
  readonly language: Language;
  readonly labels: Maker['labels'];
  readonly keys: readonly string[];
  readonly hasUrlForm: boolean;
  /** Only carriers in which the word stands right beside the value. */
  readonly isNear?: true;
  readonly piece: (carrier: Carrier) => Piece;
}

const ofCarrier = (writer: Writer, carriers: readonly Carrier[], content: Content): Draft => {
  const { random } = writer;
  const carrier = writer.choose(
    carriers.filter(
      ({ language, inside, text }) =>
        (language === 'any' || language === content.language) &&
        (inside !== 'url' || content.hasUrlForm) &&
        !(content.isNear === true && FAR.test(text)),
    ),
  );
  const label = random.pick(content.labels[content.language]);
  const key = random.pick(content.keys);
  const piece = content.piece(carrier);
  const pieces = fill(carrier.text, (name) => {
    if (name === 'label') return [label];
    return name === 'key' ? [key] : written(piece, carrier, random);
  });
  return { carrier: carrier.text, pieces: apart(pieces) };
};

/** The value as it is written inside JSON, CSV or a URL. */
const written = (piece: Piece, { inside }: Carrier, random: Random): readonly Piece[] => {
  if (typeof piece !== 'string' && 'neutral' in piece) return [piece];
  const value = typeof piece === 'string' ? piece : piece.value;
  const again = (text: string): Piece => (typeof piece === 'string' ? text : { type: piece.type, value: text });
  if (inside === 'json') return [again(JSON.stringify(value).slice(1, -1))];
  if (inside === 'csv' && /[",\r\n]/.test(value)) return ['"', again(value.replaceAll('"', '""')), '"'];
  return [again(inside === 'url' ? urlForm(value, random) : value)];
};

/** Browsers leave `@` and `+` of a query alone; forms do not. */
const urlForm = (value: string, random: Random): string => {
  const encoded = encodeURIComponent(value).replaceAll('%3A', ':');
  return random.chance(0.7) ? encoded.replaceAll('%40', '@').replaceAll('%2B', '+') : encoded;
};

/** A Latin label and a value that begins with a letter or digit would be one word. */
const apart = (pieces: readonly Piece[]): readonly Piece[] =>
  pieces.flatMap((piece, index): readonly Piece[] => {
    const before = pieces[index - 1];
    const value = typeof piece === 'string' ? piece : 'neutral' in piece ? piece.neutral : piece.value;
    const isOneWord = typeof before === 'string' && /[\w.]$/.test(before) && /^[A-Za-z0-9]/.test(value);
    return isOneWord ? [' ', piece] : [piece];
  });

const ofTemplate = ({ random }: Writer, template: string): Draft => ({
  carrier: template,
  pieces: fill(template, (name) => slotPieces(name, random)),
});

/** Now and then something innocent stands before or after. */
const withMore = (writer: Writer, draft: Draft, share: number): Draft => {
  if (!writer.random.chance(share)) return draft;
  const more = ofTemplate(writer, writer.choose(INNOCENT_CARRIERS)).pieces;
  const pieces = writer.random.chance(0.5) ? [...more, '\n\n', ...draft.pieces] : [...draft.pieces, '\n\n', ...more];
  return { carrier: draft.carrier, pieces };
};
