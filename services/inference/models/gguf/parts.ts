const PART = /-(\d{5})-of-(\d{5})\.gguf$/i;

/** All file names of a split GGUF whose first part is `fileName`; just that name when it is not split. */
export const partNames = (fileName: string): readonly string[] => {
  const match = PART.exec(fileName);
  if (match === null) return [fileName];
  const count = Number(match[2]);
  const stem = fileName.slice(0, match.index);
  const extension = fileName.slice(-5);
  return Array.from({ length: count }, (_, index) => `${stem}-${digits(index + 1)}-of-${match[2]}${extension}`);
};

/** Which part a name says it is, from 1; `undefined` when it is not part of a split GGUF. */
export const partNumber = (fileName: string): number | undefined => {
  const match = PART.exec(fileName);
  return match === null ? undefined : Number(match[1]);
};

const digits = (value: number): string => String(value).padStart(5, '0');
