import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printTable } from '../../bench/print.ts';
import { corpusOf, PARTS } from './corpus.ts';
import { renderPage } from './page.ts';
import { failuresOf, qualityTables } from './report.ts';
import { type Score, score } from './score.ts';
import { finderOf, redactorOfAllPacks } from './subject.ts';
import { writtenTexts } from './written/written.ts';

const USAGE = `usage: npm run score:redaction -- [--failures N] [--values] [--write]

Prints recall and precision of the redaction rules on the generated corpus and on the written texts, by type and rule.

--failures N  also N failures of each kind, of the development part and of the written texts alone
--values      with the (generated) values in them, which are masked otherwise
--write       write the figures and the table of rules into docs/redaction.md`;

const { values } = parseArgs({
  options: {
    failures: { type: 'string', default: '0' },
    ...{ values: { type: 'boolean' }, write: { type: 'boolean' }, help: { type: 'boolean' } },
  },
});

const main = (): void => {
  if (values.help === true) return say(USAGE);
  if (values.write === true) {
    const page = fileURLToPath(new URL('../../docs/redaction.md', import.meta.url));
    writeFileSync(page, renderPage());
    return say('wrote docs/redaction.md');
  }
  const find = finderOf(redactorOfAllPacks());
  for (const part of PARTS) {
    const result = score(corpusOf(part), find);
    for (const table of qualityTables(part, result)) say(printTable(table));
    if (part === 'development') sayFailures(result);
  }
  const written = score(writtenTexts(), find);
  for (const table of qualityTables('written', written)) say(printTable(table));
  sayFailures(written);
};

const sayFailures = (result: Score): void => {
  for (const line of failuresOf(result, Number(values.failures), values.values === true)) say(line);
};

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

main();
