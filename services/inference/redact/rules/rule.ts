/** What every rule says of itself, whatever finds it. */
export interface RuleManifest {
  /** `pack.name`, such as `cn.resident-id`; stable, it is a metric label. */
  readonly id: string;
  /** What stands in the text instead: `CN_ID` gives `[CN_ID]` and `[CN_ID_1]`. */
  readonly label: string;
  /** One sentence for the documentation. */
  readonly finds: string;
  /** Why a match is believed, for `explain`: its checksum, ranges, context. */
  readonly why: string;
  /** Proven by its form or a checksum: preferred where it overlaps with what is not. */
  readonly isProven?: true;
  /** A guess from wording rather than a proof; reported apart. */
  readonly heuristic?: true;
  /** Texts in which it finds exactly one match, and texts that look like it and stay. */
  readonly examples: { readonly found: readonly string[]; readonly left: readonly string[] };
  /** What `partial` shows of a value; without it, its last four letters or digits. */
  readonly partial?: (value: string) => string;
}

/** Why a candidate is not a match; nothing when it is one. */
export type Refusal = string | undefined;

/** A run of digit groups that has the length and the beginning that a rule asked for. */
export interface DigitCandidate {
  /** The digits alone; a last `X` of a check digit is kept. */
  readonly digits: string;
  /** How many there are. */
  readonly length: number;
  /** Length of the first group. */
  readonly first: number;
  /** Lengths of the groups as they are written, `[3, 4, 4]` for `138 1234 5678`. */
  readonly groups: readonly number[];
  /** What stands between the groups, a set of `SEP`. */
  readonly separators: number;
  readonly hasPlus: boolean;
  /** What stands between them, one set of `SEP` for each gap. */
  readonly gaps: readonly number[];
  /** Length of the last group. */
  readonly last: number;
  /** What stands before the last of several groups, a set of `SEP`. */
  readonly lastGap: number;
  /** Whether the groups, joined by `-`, have a form: as they are, or with a line break taken out. */
  hasForm(test: (form: string) => boolean): boolean;
  /** Lengths of the groups before and after, with only spaces between; 0 when there is none. */
  readonly beside: readonly [number, number];
  /** No other group of digits stands on either side with only spaces between. */
  readonly isAlone: boolean;
  /** It as it is written, normalised. */
  text(): string;
  /** Normalised text before it. */
  before(): string;
  /** Normalised text after it, as far as its run goes. */
  after(): string;
}

/** Numbers that may be written in groups: found in runs of digits, by length and first digits. */
export interface DigitRule extends RuleManifest {
  readonly kind: 'digits';
  /** The longest that fits is taken. */
  readonly lengths: readonly number[];
  /** Digits that it may begin with. */
  readonly firsts: string;
  /** A quick look at the first two digits, and whether no other group is right before, ahead of anything else. */
  mayBegin?(first: number, second: number, hasPlus: boolean, isFirst: boolean): boolean;
  /** Its last digit is the Luhn check digit, always. */
  readonly hasLuhn?: true;
  /**
   * A look at the digits alone, before anything is made of them: false when `refuse` would refuse them wherever they stand.
   * They are the codes of characters from `first` on, without the letter of a check digit but as the last.
   */
  mayBe?(codes: Uint8Array, first: number, length: number, hasPlus: boolean): boolean;
  /** Separators that may stand between its groups. */
  readonly separators: number;
  /** Beyond doubt, so it is also believed right after a slash or a dash, and after a label such as an order number. */
  readonly isStrong?: true;
  refuse(candidate: DigitCandidate): Refusal;
}

/** A match of a token rule's pattern. */
export interface TokenCandidate {
  readonly text: string;
  /** The run that it stands in, and where. */
  readonly run: string;
  readonly start: number;
  /** Normalised text before the match. */
  before(): string;
}

/** Something without spaces, found in a run of letters, digits and signs that has the features it needs. */
export interface TokenRule extends RuleManifest {
  readonly kind: 'token';
  /** Features (`FEATURE`) that the run must have, all of them. */
  readonly needs: number;
  /** Features of which the run must have one. */
  readonly needsOne?: number;
  readonly minLength: number;
  /**
   * Global; each quantifier bounded, so that its time is linear. Group `value`, where there is one, is what is replaced;
   * group `left`, in a look-behind, is what goes before a match.
   */
  readonly pattern: RegExp;
  /**
   * Found in the run or before it whenever there is a match: a quick no for rules that need a word before them. Plain words
   * of two to sixteen units, case aside, parted by `|`;
   * a look-behind before one or a class after it is not looked at.
   */
  readonly mention?: RegExp;
  /** Literal beginnings, one of which every match has; they make the search quick. */
  readonly starts?: readonly string[];
  /** Why it is no match; or that only its first `keep` units are. */
  refuse?(candidate: TokenCandidate): Refusal | { readonly keep: number };
  /** It may run on past what a window shows: then what follows of these characters goes with it. */
  readonly runsOn?: RegExp;
}

/** Something that follows a label: `密码：`, `password=`, `born on`. */
export interface LabelRule extends RuleManifest {
  readonly kind: 'label';
  /** Lower case; each needs an assignment sign after it: `:`, `：`, `=`, `>`. */
  readonly labels: readonly string[];
  /** Lower case; each stands by itself. Last characters of Chinese ones and whole English ones start a search: keep them rare. */
  readonly bareLabels: readonly string[];
  /** What is replaced begins with the label. */
  readonly includesLabel?: true;
  /** Ends the window in which the value is looked for. */
  readonly stop: RegExp;
  readonly maxLength: number;
  /**
   * Sticky, from the first character after the label: where it ends, the window ends too, so that a stream need not wait for
   * the stop character. What follows must be of no interest to `value` and `refuse`, and must not change where it ends.
   */
  readonly enough?: RegExp;
  /** Sticky, from the first character after the label; group `value` or `quoted` is what is replaced. */
  readonly value: RegExp;
  /** `after` is the window after the value, `before` the text up to and with the label. */
  refuse?(value: string, after: string, before: string): Refusal;
  readonly runsOn?: RegExp;
}

/** A block between two lines, such as a private key, which is swallowed as it comes. */
export interface BlockRule extends RuleManifest {
  readonly kind: 'block';
}

export type Rule = DigitRule | TokenRule | LabelRule | BlockRule;

/** A pack: rules that belong together, under one name in the configuration. */
export interface RulePack {
  readonly id: string;
  readonly title: string;
  readonly rules: readonly Rule[];
}
