import type { Random } from '../redaction/random.ts';
import { deepValue, oddNumber, oddString, oddValue } from './odd.ts';

type Container = unknown[] | Record<string, unknown>;

interface Place {
  readonly holder: Container;
  readonly key: string;
}

/** The bytes of a body: a value changed in a few places, written as JSON, the text damaged now and then. */
export const mutateBody = (sample: unknown, names: readonly string[], random: Random): Buffer => {
  if (random.chance(0.1)) return Buffer.from(JSON.stringify(sample));
  const root = { '': structuredClone(sample) };
  for (let turns = random.int(0, 3); turns > 0; turns -= 1) mutatePlace(root, names, random);
  return damage(JSON.stringify(root['']) ?? '', names, random);
};

const mutatePlace = (root: Container, names: readonly string[], random: Random): void => {
  const places = [...placesIn(root)];
  // Everything may have been taken away already.
  if (places.length === 0) return;
  const { holder, key } = random.pick(places);
  const value = Object.entries(holder).find(([name]) => name === key)?.[1];
  const put = (changed: unknown) =>
    Object.defineProperty(holder, key, { value: changed, enumerable: true, configurable: true, writable: true });
  switch (random.int(0, 9)) {
    case 0:
      return void (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]);
    case 1:
      return void put([value]);
    case 2:
      return void put(deepValue(random, value));
    case 3:
      return void put(Array.from({ length: random.pick([2, 10, 200]) }, () => value));
    case 4:
    case 5:
      return addField(value, names, random);
    default:
      return void put(changed(value, random));
  }
};

const changed = (value: unknown, random: Random): unknown => {
  if (random.chance(0.4)) return oddValue(random);
  if (typeof value === 'string') return random.chance(0.5) ? oddString(random) : `${value}${oddString(random)}`;
  return typeof value === 'number' ? oddNumber(random) : oddValue(random);
};

const addField = (value: unknown, names: readonly string[], random: Random): void => {
  if (Array.isArray(value)) return void value.push(oddValue(random));
  if (typeof value !== 'object' || value === null) return;
  const name = names.length > 0 && random.chance(0.7) ? random.pick(names) : oddString(random).slice(0, 200);
  Object.defineProperty(value, name, { value: oddValue(random), enumerable: true, configurable: true, writable: true });
};

/** Every place of a value, the whole of it too. */
function* placesIn(holder: Container): Generator<Place> {
  for (const [key, value] of Object.entries(holder)) {
    yield { holder, key };
    // Safe: JSON holds no other objects than these two kinds.
    if (typeof value === 'object' && value !== null) yield* placesIn(value as Container);
  }
}

const damage = (text: string, names: readonly string[], random: Random): Buffer => {
  if (!random.chance(0.25)) return Buffer.from(text);
  const at = random.int(0, text.length);
  switch (random.int(0, 9)) {
    case 0:
      return Buffer.from(text.slice(0, at));
    case 1:
      return Buffer.from(`${text}${random.pick([text, ',', '}', '\0', ' '.repeat(100)])}`);
    case 2:
      return Buffer.from(`\ufeff${text}`);
    case 3:
    case 4:
      return Buffer.from(text.replace('{', `{${JSON.stringify(names.length > 0 ? random.pick(names) : 'a')}:1,`));
    case 5:
      return Buffer.from(
        text.replace(/:[^,}]*/, `:${random.pick(['1e999', '-', 'NaN', '01', '9'.repeat(400), '1e-999'])}`),
      );
    case 6:
      return Buffer.from(text.replace('"', `"\\u${random.pick(['d800', 'dfff', '0000', 'zzzz', '00'])}`));
    case 7:
      return Buffer.concat([
        Buffer.from(text.slice(0, at)),
        Buffer.from([random.int(0, 255)]),
        Buffer.from(text.slice(at)),
      ]);
    case 8:
      return Buffer.from(text, 'utf16le');
    default:
      return Buffer.from(
        random.pick(['', 'null', '[]', '""', '0', 'true', '{', '['.repeat(5000), '{"a":'.repeat(3000)]),
      );
  }
};
