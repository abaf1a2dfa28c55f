import { checkGbnf } from '../../ffi/gbnf.ts';
import type { ResponseFormat } from '../../protocol/generation.ts';
import type { CallPlan, Thinking } from '../answer-plan.ts';
import { addCalls, addGap, addTextOrCalls } from './call-rules.ts';
import { createGbnfRules, type GbnfRules, literal } from './gbnf-rules.ts';
import { jsonRule } from './json-rules.ts';
import { addSchema } from './schema-rules.ts';
import { addUntil } from './until.ts';

export interface AnswerShape {
  readonly format: ResponseFormat;
  readonly thinking?: Thinking | undefined;
  readonly calls?: CallPlan | undefined;
  /** The answer has to call a tool. */
  readonly isForced?: boolean;
}

/** Beyond it the schemas of tools are left out of the grammar; the model still reads them in its prompt. */
const LARGEST = 400_000;

/** The GBNF of a whole answer; `undefined`: anything goes. Throws ERR_ENGINE_GRAMMAR for what makes no grammar. */
export const answerGrammar = (shape: AnswerShape): string | undefined => {
  const { format, calls, thinking } = shape;
  if (format.type === 'grammar') {
    checkGbnf(format.grammar);
    if (calls === undefined && thinking === undefined) return format.grammar;
  }
  if (format.type === 'text' && calls === undefined) return undefined;
  const full = build(shape, false);
  return calls === undefined || full.length <= LARGEST ? full : build(shape, true);
};

const build = (shape: AnswerShape, isGeneric: boolean): string => {
  const { thinking, calls, isForced } = shape;
  const rules = createGbnfRules();
  const content = addContent(rules, shape);
  const parts: string[] = [];
  if (calls !== undefined) {
    const options = { rules, plan: calls, isGeneric };
    if (isForced === true) parts.push(addCalls(options));
    else if (content === undefined) parts.push(addTextOrCalls(options));
    else parts.push(addCalls(options), content);
  } else if (content !== undefined) parts.push(content);
  const body = rules.add('answer', parts.join(' | '));
  const isFree = calls !== undefined && content === undefined && isForced !== true;
  return rules.toGbnf(`${addThoughts(rules, thinking)} ${isFree ? '' : addGap(rules)} ${body}`);
};

/** What the format asks for; nothing for free text. */
const addContent = (rules: GbnfRules, { format, thinking }: AnswerShape): string | undefined => {
  const rule = formatRule(rules, format);
  const mark = thinking?.contentBegin ?? '';
  return rule === undefined || mark === '' ? rule : rules.add('content', `${literal(mark)} ${rule}`);
};

const formatRule = (rules: GbnfRules, format: ResponseFormat): string | undefined => {
  if (format.type === 'text') return undefined;
  if (format.type === 'json_object') return jsonRule(rules, 'json-object');
  if (format.type === 'grammar') return adopt(rules, format.grammar);
  return addSchema(format.schema, { rules, path: 'responseFormat.schema', isLoose: false });
};

/** The block of thoughts before everything else. */
const addThoughts = (rules: GbnfRules, thinking: Thinking | undefined): string => {
  if (thinking === undefined || thinking.isUnwanted === true) return '';
  const after = thinking.between === '' ? addGap(rules) : literal(thinking.between);
  const thoughts = addUntil(rules, thinking.end, { after, mayEnd: false });
  return thinking.isOpen ? thoughts : `(${addGap(rules)} ${literal(thinking.begin)} ${thoughts})?`;
};

/** Takes over the rules of another grammar under names of their own. */
const adopt = (rules: GbnfRules, gbnf: string): string => {
  const renamed = gbnf.replaceAll(WORDS, (word: string, name: string | undefined) =>
    name === undefined ? word : `${PREFIX}${name}`,
  );
  rules.define(`${PREFIX}root-end`, `""\n${renamed}`);
  return `${PREFIX}root`;
};

const PREFIX = 'own-';
/** Literals, sets, comments, tokens and counts are passed over; what is left are names. */
const WORDS = /"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|#[^\r\n]*|<[^>\r\n]*>|\{[^}]*\}|([A-Za-z0-9-]+)/gu;
