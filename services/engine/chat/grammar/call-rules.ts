import type { Tool } from '../../protocol/generation.ts';
import type { CallPlan } from '../answer-plan.ts';
import { FIELD_BEGIN, FIELD_END, isTextField } from '../call-reading.ts';
import type { CallSyntax } from '../call-syntax.ts';
import { choice, type GbnfRules, literal } from './gbnf-rules.ts';
import { jsonRule } from './json-rules.ts';
import { isSchema, refuse } from './schema-keywords.ts';
import { addSchema } from './schema-rules.ts';
import { addUnlessBegins, addUntil } from './until.ts';

export interface CallRulesOptions {
  readonly rules: GbnfRules;
  readonly plan: CallPlan;
  /** The arguments of every tool are any object: where the schemas would make too large a grammar. */
  readonly isGeneric: boolean;
}

/** Space that models put between marks. */
export const addGap = (rules: GbnfRules): string => rules.share('gap', () => '[ \\n]{0,3}');

/** Adds a rule for calls and nothing else. */
export const addCalls = (options: CallRulesOptions): string => {
  const { rules, plan } = options;
  const { begin, callBegin, isAnchored } = plan.syntax;
  const head = isAnchored === true ? OBJECT_HEAD : begin + callBegin;
  return rules.add('calls', `${literal(head)} ${addRest(options)}`);
};

/** Adds a rule for text that may end with calls. */
export const addTextOrCalls = (options: CallRulesOptions): string => {
  const { rules, plan } = options;
  const { syntax } = plan;
  const rest = addRest(options);
  if (syntax.isAnchored === true) return addUnlessBegins(rules, OBJECT_HEAD, rest);
  const opening = syntax.begin + syntax.callBegin;
  const mark = (syntax.begin === '' ? syntax.callBegin : syntax.begin).trimEnd();
  const between = opening.slice(mark.length).trimStart();
  const after = rules.add('after', `${addGap(rules)} ${literal(between)} ${rest}`);
  return addUntil(rules, mark, { after, mayEnd: true });
};

const OBJECT_HEAD = '{"name": "';

/** Everything after the mark before the first call; of an anchored syntax, after the beginning of its object. */
const addRest = (options: CallRulesOptions): string => {
  const { rules, plan } = options;
  const { syntax, isParallel } = plan;
  const one = addCall(options);
  const isSingle = !isParallel || syntax.isAnchored === true || syntax.id === 'harmony';
  const separator = syntax.separator.trim() === '' ? addGap(rules) : literal(syntax.separator);
  const more = isSingle ? '' : `(${separator} ${literal(syntax.callBegin)} ${one})*`;
  return rules.add('rest-of-calls', `${one} ${more} ${literal(syntax.end)}`);
};

/** One call after its mark, with the mark behind it. */
const addCall = ({ rules, plan, isGeneric }: CallRulesOptions): string => {
  const { syntax, tools } = plan;
  const calls = tools.map((tool, index) => {
    const given = isGeneric ? jsonRule(rules, 'json-object') : addArguments(rules, tool, index);
    if (syntax.shape === 'object') return addObjectCall(rules, syntax, tool, given);
    const head = literal(tool.name + syntax.nameEnd);
    return rules.add(
      `call-${tool.name}`,
      `${head} ${syntax.shape === 'named' ? given : addFields(rules, tool, index)}`,
    );
  });
  return rules.add(
    'call',
    `${syntax.shape === 'object' && syntax.isAnchored !== true ? literal(OBJECT_HEAD) : ''} ${choice(calls)} ${literal(syntax.callEnd)}`,
  );
};

const addObjectCall = (rules: GbnfRules, syntax: CallSyntax, tool: Tool, given: string): string => {
  const name = JSON.stringify(tool.name).slice(1, -1);
  const id =
    syntax.idKey === undefined ? '' : `${literal(`, "${syntax.idKey}": "`)} [a-zA-Z0-9]{${syntax.idLength}} "\\""`;
  return rules.add(`call-${tool.name}`, `${literal(`${name}", "${syntax.argumentsKey}": `)} ${given} ${id} "}"`);
};

const addArguments = (rules: GbnfRules, tool: Tool, index: number): string => {
  const path = `tools[${index}].parameters`;
  const { type } = tool.parameters;
  if (type !== undefined && type !== 'object') throw refuse(`${path}.type`, '"object"', type);
  const isOpen = !SHAPED.some((keyword) => keyword in tool.parameters);
  return isOpen ? jsonRule(rules, 'json-object') : addSchema(tool.parameters, { rules, path, isLoose: true });
};

const SHAPED = ['properties', 'required', '$ref', 'anyOf', 'oneOf', 'allOf', 'additionalProperties'] as const;

/** The arguments between tags, in the order of the schema. */
const addFields = (rules: GbnfRules, tool: Tool, index: number): string => {
  const { properties, required } = tool.parameters;
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  const gap = addGap(rules);
  const fields = Object.entries(isSchema(properties) ? properties : {}).map(([key, schema]) => {
    const path = `tools[${index}].parameters.properties.${key}`;
    const value = isTextField(tool, key)
      ? addUntil(rules, `\n${FIELD_END}`, { after: '', mayEnd: false })
      : `${addSchema(schema, { rules, path, isLoose: true })} ${literal(`\n${FIELD_END}`)}`;
    const field = `${literal(`${FIELD_BEGIN}${key}>\n`)} ${value} ${gap}`;
    return names.includes(key) ? field : `(${field})?`;
  });
  return fields.join(' ');
};
