import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Break, type Candidate, ChainChecker, type Checked } from './chain-checker.ts';
import { auditPaths, trailFiles } from './files.ts';
import { isSignedBy, readHeadFile, type SignedHead } from './head.ts';
import { type PublicKeys, publicKeysIn, readPublicKeys } from './keys.ts';
import { type AuditLine, labelOf, type Place } from './line.ts';
import { linesOf } from './lines.ts';

export interface VerifyOptions {
  /** An audit folder, or one file of it. */
  readonly from: string;
  /** A head to hold the end against; default: the one in the folder. */
  readonly headFile?: string;
  /** The public key to trust; default: whatever lies beside the trail. */
  readonly publicKeyFile?: string;
  /** Told of every line that stands where it should. */
  readonly onLine?: (line: AuditLine) => void;
}

export interface Verdict extends Omit<Checked, 'first'> {
  /** `torn`: nothing but an incomplete last line. */
  readonly result: 'intact' | 'torn' | 'broken';
  readonly files: number;
  readonly firstSequence: number | undefined;
  /** Heads in the trail whose signature is right. */
  readonly signedHeads: number;
  /** Records behind the last signed head, which nothing keeps from being cut off. */
  readonly unsignedRecords: number;
  /** What the end was held against; undefined: nothing. */
  readonly head: Pick<SignedHead, 'sequence' | 'time' | 'keyId'> | undefined;
  /** False: the key was taken from the folder itself, where a forger could have put it. */
  readonly isKeyGiven: boolean;
}

/** Checks a trail as it lies there, with nothing but its files and the public key. */
export const verifyTrail = async (options: VerifyOptions): Promise<Verdict> => {
  const isFolder = (await stat(options.from)).isDirectory();
  const paths = auditPaths(options.from);
  const files = isFolder ? await trailFiles(options.from) : [options.from];
  const { publicKeyFile } = options;
  const keys =
    publicKeyFile !== undefined ? await readPublicKeys([publicKeyFile]) : await keysFor(isFolder, options.from);
  const checker = new ChainChecker(!isFolder);
  const head = await openHead(isFolder ? paths.head : undefined, options.headFile, checker);
  const heads = new HeadChecker(keys, head, checker);
  for (const file of files) {
    for await (const candidates of linesOf(file)) {
      for (const candidate of candidates) {
        const isNext = checker.see(candidate);
        if (candidate.line === undefined) continue;
        heads.see(candidate.line, candidate);
        if (isNext) options.onLine?.(candidate.line);
      }
    }
  }
  const lastFile = basename(files.at(-1) ?? paths.current);
  heads.end(lastFile, isFolder);
  const { first, ...checked } = checker.end();
  return {
    ...checked,
    result: resultOf(checked.breaks),
    files: files.length,
    firstSequence: first?.sequence,
    signedHeads: heads.signed,
    unsignedRecords: Math.max(0, checked.last.sequence - heads.covered),
    head: head === undefined ? undefined : { sequence: head.sequence, time: head.time, keyId: head.keyId },
    isKeyGiven: publicKeyFile !== undefined,
  };
};

const keysFor = (isFolder: boolean, from: string): Promise<PublicKeys> =>
  publicKeysIn(auditPaths(isFolder ? from : from.slice(0, -basename(from).length) || '.').keys);

const openHead = async (
  own: string | undefined,
  given: string | undefined,
  checker: ChainChecker,
): Promise<SignedHead | undefined> => {
  const path = given ?? own;
  if (path === undefined) return undefined;
  try {
    return await readHeadFile(path);
  } catch {
    checker.add({
      kind: 'changed',
      file: basename(path),
      line: 1,
      message: 'this is not a head that the service wrote',
    });
    return undefined;
  }
};

const resultOf = (breaks: readonly Break[]): Verdict['result'] => {
  if (breaks.length === 0) return 'intact';
  return breaks.every(({ kind }) => kind === 'torn') ? 'torn' : 'broken';
};

/** Holds the signatures in a trail, and the head outside it, against its lines. */
class HeadChecker {
  readonly #keys: PublicKeys;
  readonly #head: SignedHead | undefined;
  readonly #checker: ChainChecker;
  #last: Place = { sequence: 0, hash: '' };
  #meetsHead = false;
  signed = 0;
  covered = 0;

  constructor(keys: PublicKeys, head: SignedHead | undefined, checker: ChainChecker) {
    this.#keys = keys;
    this.#head = head;
    this.#checker = checker;
    if (keys.size === 0) {
      const message = 'there is no public key beside the trail to check signatures with; give one with --public-key';
      checker.add({ kind: 'removed', file: 'keys', line: 1, message });
    } else if (head !== undefined && !this.#isGood(head)) {
      const message = 'the signature of this head is wrong, or its key is not the one to trust';
      checker.add({ kind: 'changed', file: 'head.json', line: 1, message });
    }
  }

  see(line: AuditLine, { file, number }: Candidate): void {
    this.#last = line;
    if (line.sequence === this.#head?.sequence) {
      this.#meetsHead = true;
      if (line.hash === this.#head.hash) this.covered = Math.max(this.covered, line.sequence);
      else {
        const message = `this line is another one than the head of ${this.#head.time} says: everything up to it may be rewritten`;
        this.#checker.add({ kind: 'changed', file, line: number, message });
      }
    }
    if (line.action !== 'audit.head_signed' || this.#keys.size === 0) return;
    if (this.#isGood(headIn(line))) {
      this.signed += 1;
      this.covered = Math.max(this.covered, line.sequence - 1);
      return;
    }
    const message =
      'the signature of this head is wrong, or its key is not the one to trust: lines before it may be rewritten';
    this.#checker.add({ kind: 'changed', file, line: number, message });
  }

  end(lastFile: string, isFolder: boolean): void {
    const head = this.#head;
    if (head === undefined) {
      if (!isFolder || this.#last.sequence === 0) return;
      const message = 'there is no head to hold the end against: the file was removed, or never copied';
      return this.#checker.add({ kind: 'removed', file: 'head.json', line: 1, message });
    }
    if (this.#meetsHead || head.sequence === 0) return;
    const message = `the trail ends with record ${this.#last.sequence}, but record ${head.sequence} was there at ${head.time}`;
    const isBehind = this.#last.sequence < head.sequence;
    if (isBehind) this.#checker.add({ kind: 'truncated', file: lastFile, line: 1, message });
    else if (isFolder) {
      const gone = `record ${head.sequence}, which the head of ${head.time} names, is not there`;
      this.#checker.add({ kind: 'removed', file: lastFile, line: 1, message: gone });
    }
  }

  #isGood(head: Omit<SignedHead, 'version'>): boolean {
    const key = this.#keys.get(head.keyId);
    return key !== undefined && isSignedBy(head, key);
  }
}

/** A head line signs the place it stands on. */
const headIn = (line: AuditLine): Omit<SignedHead, 'version'> => ({
  chain: String(labelOf(line, 'chain')),
  sequence: line.sequence - 1,
  hash: line.previousHash,
  time: String(labelOf(line, 'head_time')),
  keyId: String(labelOf(line, 'key_id')),
  signature: String(labelOf(line, 'signature')),
});
