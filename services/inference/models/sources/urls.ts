/** Splits `owner/repository/path/to/file.gguf`. */
export const fileOf = (repositoryFile: string): string => repositoryFile.split('/').at(-1) ?? repositoryFile;

export interface RepositoryFile {
  /** `https://host`, with or without a path. */
  readonly base: string;
  readonly repositoryFile: string;
  readonly revision: string;
  /** Replaces the last segment: another part of a split file. */
  readonly fileName: string;
}

/** The download URL that Hugging Face and ModelScope share: `<base>/<owner>/<repository>/resolve/<revision>/<file>`. */
export const resolveUrl = ({ base, repositoryFile, revision, fileName }: RepositoryFile): URL => {
  const [owner = '', repository = '', ...path] = repositoryFile.split('/');
  const segments = [owner, repository, 'resolve', revision, ...path.slice(0, -1), fileName];
  return new URL(`${base.replace(/\/+$/, '')}/${segments.map(encodeURIComponent).join('/')}`);
};

/** A URL without what may be secret in it: user, query and fragment. */
export const publicUrl = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;
