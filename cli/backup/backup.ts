import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite';
import { dataPaths } from '../../core/config/paths.ts';
import { makePrivateFolder, PRIVATE_MODE } from '../../core/config/private-files.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { isServiceRunning } from '../local/running-service.ts';
import { type Entry, openArchive, sealArchive } from './archive.ts';

/** The name the configuration has in a backup, and where it is found when the data folder is used next. */
const CONFIG = 'clawdbot.yaml';

/** Databases, keys, certificates and configuration of a data folder; the service may run meanwhile. Gives their paths. */
export const writeBackup = async (
  data: string,
  config: string | undefined,
  file: string,
  passphrase: string,
): Promise<readonly string[]> => {
  const entries = [...(await databases(data)), ...keptFiles(data), ...configuration(config)];
  if (entries.length === 0) {
    throw new ServiceError('ERR_BACKUP_READ', `${data}: expected the data folder of a service, found nothing to keep`);
  }
  await writeFile(file, sealArchive(entries, passphrase), { mode: PRIVATE_MODE, flag: 'wx' });
  return entries.map(({ path }) => path);
};

/** Puts a backup into a data folder that has none of its files, unless it is told to replace them. Gives their paths. */
export const restoreBackup = async (
  data: string,
  file: string,
  passphrase: string,
  isForced: boolean,
): Promise<readonly string[]> => {
  if (isServiceRunning(data)) {
    throw new ServiceError('ERR_BACKUP_READ', `${data}: the service runs; stop it before its data is replaced`);
  }
  const entries = openArchive(readFileSync(file), passphrase);
  const stray = entries.find(({ path }) => normalize(path) !== path || path.startsWith('..') || path.startsWith('/'));
  if (stray !== undefined)
    throw new ServiceError('ERR_BACKUP_READ', 'backup: a file of it leads out of the data folder');
  const there = entries.find(({ path }) => existsSync(join(data, path)));
  if (there !== undefined && !isForced) {
    throw new ServiceError('ERR_BACKUP_READ', `${join(data, there.path)} is there already; --force replaces it`);
  }
  for (const { path, bytes } of entries) {
    const target = join(data, path);
    await makePrivateFolder(dirname(target));
    // What an earlier database had not written back yet is not part of this one.
    for (const tail of ['-wal', '-shm']) rmSync(`${target}${tail}`, { force: true });
    rmSync(target, { force: true });
    await writeFile(target, bytes, { mode: PRIVATE_MODE });
  }
  return entries.map(({ path }) => path);
};

/** SQLite's own copy: whole, also while others write. */
const databases = async (data: string): Promise<readonly Entry[]> => {
  const { authDb, jobsDb, usageDb, actionsDb } = dataPaths(data);
  const copies = mkdtempSync(join(tmpdir(), 'clawdbot-backup-'));
  try {
    const entries: Entry[] = [];
    for (const file of [authDb, jobsDb, usageDb, actionsDb].filter((each) => existsSync(each))) {
      const copy = join(copies, basename(file));
      const database = new DatabaseSync(file, { readOnly: true });
      try {
        await copyDatabase(database, copy);
      } finally {
        database.close();
      }
      entries.push({ path: relative(data, file), bytes: readFileSync(copy) });
    }
    return entries;
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
};

const keptFiles = (data: string): readonly Entry[] => {
  const { keys, tls } = dataPaths(data);
  return [keys, tls].flatMap((folder) =>
    (existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [])
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => ({ path: relative(data, path), bytes: readFileSync(path) })),
  );
};

const configuration = (file: string | undefined): readonly Entry[] =>
  file === undefined ? [] : [{ path: CONFIG, bytes: readFileSync(file) }];
