import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readHeaders } from './headers.ts';
import { installedHeaders } from './main.ts';
import { PINNED } from './pinned.ts';
import { compareTables, highest, renderPinned, renderStructs } from './rebase.ts';

const source = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

describe('readHeaders', () => {
  const headers = readHeaders([
    `// struct wrong { int a; };
     #define MANY 16
     typedef int32_t llama_token;
     typedef struct thing * thing_t;
     typedef bool (*progress)(float ratio, void * data);
     struct row {
       const char * name; /* a text */ enum kind kind;
       llama_token id; thing_t thing; progress call; bool mask[MANY];
       struct other * next; uint64_t bytes;
     };
     LLAMA_API const char * llama_say(struct row * at, const char * text, llama_token id);
     GGML_API  void ggml_go(void);
     LLAMA_API struct llama_batch llama_batch_init(int32_t, size_t size);`,
  ]);

  it('reads the fields of a struct in the words of the table', () => {
    expect([...(headers.structOf('row') ?? [])]).toEqual([
      ['name', 'void*'],
      ['kind', 'int32'],
      ['id', 'int32'],
      ['thing', 'void*'],
      ['call', 'void*'],
      ['mask', 'bool[16]'],
      ['next', 'void*'],
      ['bytes', 'uint64'],
    ]);
    expect(headers.structOf('wrong')).toBeUndefined();
  });

  it('reads what functions take and give', () => {
    expect(headers.functionOf('llama_say')).toEqual({ result: 'str', takes: ['void*', 'str', 'int32'] });
    expect(headers.functionOf('ggml_go')).toEqual({ result: 'void', takes: [] });
    expect(headers.functionOf('llama_batch_init')).toEqual({ result: 'Batch', takes: ['int32', 'size_t'] });
  });
});

describe('rebase', () => {
  const headers = installedHeaders();

  it('finds the tables as the installed headers have them, and would write them as they are', () => {
    expect(compareTables(headers)).toEqual([]);
    expect(renderStructs(source('structs.ts'), headers)).toBe(source('structs.ts'));
    expect(renderPinned(source('pinned.ts'), PINNED)).toBe(source('pinned.ts'));
  });

  it('names what another build changed, and writes its structs', () => {
    const changed = {
      structOf: (name: string) => {
        const fields = headers.structOf(name);
        return name === 'llama_batch' ? new Map([...(fields ?? []), ['extra', 'int32']]) : fields;
      },
      functionOf: (name: string) =>
        name === 'llama_decode' ? { result: 'int32', takes: ['void*'] } : headers.functionOf(name),
    };
    expect(compareTables(changed)).toEqual([
      '+ Batch.extra: int32',
      '! llama_decode: expected int32, void*, Batch, got int32, void*',
    ]);
    expect(renderStructs(source('structs.ts'), changed)).toContain("    logits: 'void*',\n    extra: 'int32',\n");
  });

  it('records the highest logits', () => {
    expect(highest([1, 3.123456, -2, 2], 2)).toEqual([
      [1, 3.1235],
      [3, 2],
    ]);
  });
});
