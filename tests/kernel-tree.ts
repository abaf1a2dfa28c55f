import type { FileSource } from '../collectors/files.ts';
import type { KernelFiles } from '../collectors/kernel-files.ts';

/** Files of a kernel as a test writes them down: text by path. */
export type KernelTree = Record<string, string>;

/** Serves such files; folders are what the paths imply. */
export const kernelTree = (tree: KernelTree): KernelFiles => ({
  read: (path) => tree[path],
  list(path) {
    const below = Object.keys(tree).filter((each) => each.startsWith(`${path}/`));
    return [...new Set(below.map((each) => each.slice(path.length + 1).split('/')[0] ?? ''))];
  },
});

/** The same as a source that answers later; a text that is an error code fails with it. */
export const fileTree = (tree: KernelTree): FileSource => {
  const files = kernelTree(tree);
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  return {
    async read(path) {
      const text = files.read(path) ?? fail('ENOENT');
      return /^E[A-Z]+$/.test(text) ? fail(text) : text;
    },
    async list(path) {
      const names = files.list(path);
      return names.length === 0 ? fail('ENOENT') : [...names];
    },
  };
};
