import type { Rule, RulePack } from '../rules/rule.ts';
import { cnPack } from './cn.ts';
import { euPack } from './eu.ts';
import { globalPack } from './global.ts';
import { secretsPack } from './secrets.ts';
import { usPack } from './us.ts';

/** Every pack the product ships with, in order of preference where matches overlap. */
export const RULE_PACKS: readonly RulePack[] = [secretsPack, globalPack, cnPack, usPack, euPack];

/** Ids of the packs, for the configuration. */
export const RULE_PACK_IDS: readonly string[] = RULE_PACKS.map(({ id }) => id);

/** The rules of the packs named, in order of preference: proven ones before the others. */
export const rulesOf = (ids: readonly string[] = RULE_PACK_IDS): readonly Rule[] => {
  const rules = RULE_PACKS.filter(({ id }) => ids.includes(id)).flatMap((pack) => pack.rules);
  return [...rules.filter((rule) => isFirst(rule)), ...rules.filter((rule) => !isFirst(rule))];
};

const isFirst = ({ isProven }: Rule): boolean => isProven === true;
