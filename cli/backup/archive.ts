import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ServiceError } from '../../core/errors/service-error.ts';

/** One file of a backup; its path is relative to the data folder. */
export interface Entry {
  readonly path: string;
  readonly bytes: Buffer;
}

const MAGIC = Buffer.from('CLAWDBOT-BACKUP-1\n');
const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const LENGTH_BYTES = 4;
/** A guess of the passphrase costs 64 MB and a sixth of a second. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const CIPHER = 'aes-256-gcm';

/** All files as one, compressed, encrypted and authenticated with a passphrase. */
export const sealArchive = (entries: readonly Entry[], passphrase: string): Buffer => {
  const index = Buffer.from(JSON.stringify(entries.map(({ path, bytes }) => ({ path, length: bytes.length }))));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(index.length);
  const plain = gzipSync(Buffer.concat([length, index, ...entries.map(({ bytes }) => bytes)]));
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, scryptSync(passphrase, salt, KEY_BYTES, SCRYPT), iv).setAAD(MAGIC);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([MAGIC, salt, iv, cipher.getAuthTag(), sealed]);
};

/** The files of an archive. Throws ERR_BACKUP_READ for another passphrase, another kind of file, and a single changed bit. */
export const openArchive = (archive: Buffer, passphrase: string): readonly Entry[] => {
  if (!archive.subarray(0, MAGIC.length).equals(MAGIC))
    throw unreadable('expected a backup of clawdbot, got another file');
  let at = MAGIC.length;
  const take = (bytes: number): Buffer => {
    at += bytes;
    return archive.subarray(at - bytes, at);
  };
  const [salt, iv, tag] = [take(SALT_BYTES), take(IV_BYTES), take(TAG_BYTES)];
  if (tag.length < TAG_BYTES) throw unreadable('expected a whole backup, got the beginning of one');
  const decipher = createDecipheriv(CIPHER, scryptSync(passphrase, salt, KEY_BYTES, SCRYPT), iv).setAAD(MAGIC);
  decipher.setAuthTag(tag);
  try {
    return entriesIn(gunzipSync(Buffer.concat([decipher.update(archive.subarray(at)), decipher.final()])));
  } catch (error) {
    throw unreadable('the passphrase is another one, or the file is damaged', error);
  }
};

const entriesIn = (plain: Buffer): readonly Entry[] => {
  const start = LENGTH_BYTES + plain.readUInt32BE(0);
  // Written by `sealArchive`: only who has the passphrase could have made another.
  const index = JSON.parse(plain.toString('utf8', LENGTH_BYTES, start)) as { path: string; length: number }[];
  let at = start;
  return index.map(({ path, length }) => {
    const bytes = plain.subarray(at, at + length);
    at += length;
    return { path, bytes };
  });
};

const unreadable = (message: string, cause?: unknown): ServiceError =>
  new ServiceError('ERR_BACKUP_READ', `backup: ${message}`, { cause });
