/** How a model writes calls of tools. */
export interface CallSyntax {
  readonly id: string;
  /** Around all calls of an answer; both empty where each call stands for itself. */
  readonly begin: string;
  readonly end: string;
  /** Around each call. */
  readonly callBegin: string;
  readonly callEnd: string;
  readonly separator: string;
  /**
   * `object`: name and arguments are fields of one JSON object. `named`: the name, `nameEnd`, then the arguments as JSON.
   * `fields`: the name, `nameEnd`, then each argument between tags, text as it is and everything else as JSON.
   */
  readonly shape: 'object' | 'named' | 'fields';
  /** Field of the arguments, of shape `object`. */
  readonly argumentsKey: string;
  /** A field with an id that the model writes itself, of shape `object`; its value is not used. */
  readonly idKey?: string;
  readonly nameEnd: string;
  /** Only the last mark of `nameEnd` is certain; what stands before it is skipped. */
  readonly isNameEndLoose?: true;
  /** Calls are only where the answer begins: nothing but their place tells them from text. */
  readonly isAnchored?: true;
  /** Ids the template accepts. */
  readonly idLength?: number;
}

const OBJECT: Omit<CallSyntax, 'id'> = {
  ...{ begin: '', end: '', callBegin: '', callEnd: '', separator: '', nameEnd: '' },
  shape: 'object',
  argumentsKey: 'arguments',
};

const NAMED: Omit<CallSyntax, 'id'> = { ...OBJECT, shape: 'named' };

/** `<tool_call>{"name": …, "arguments": …}</tool_call>`: Hermes, Qwen and many others; what models are taught that know none. */
export const HERMES: CallSyntax = {
  ...OBJECT,
  id: 'hermes',
  callBegin: '<tool_call>\n',
  callEnd: '\n</tool_call>',
  separator: '\n',
};

/** The syntaxes that are known, the most particular first; `signs` are in what a template makes of a call. */
export const CALL_SYNTAXES: readonly { readonly signs: readonly string[]; readonly syntax: CallSyntax }[] = [
  {
    signs: ['<tool_call>', '<function=', '<parameter='],
    syntax: {
      ...{ ...OBJECT, id: 'qwen-xml', separator: '\n' },
      shape: 'fields',
      ...{ callBegin: '<tool_call>\n<function=', nameEnd: '>\n', callEnd: '</function>\n</tool_call>' },
    },
  },
  { signs: ['<tool_call>', '"arguments": '], syntax: HERMES },
  {
    // The mark behind a call ends the whole answer.
    signs: ['<|channel|>commentary', 'to=functions.', '<|message|>'],
    syntax: {
      ...{ ...NAMED, id: 'harmony', callBegin: '<|channel|>commentary to=functions.' },
      ...{ nameEnd: ' <|constrain|>json<|message|>', isNameEndLoose: true },
    },
  },
  {
    signs: ['<｜tool▁calls▁begin｜>', '<｜tool▁sep｜>', '```json'],
    syntax: {
      ...NAMED,
      ...{ id: 'deepseek-r1', begin: '<｜tool▁calls▁begin｜>', end: '<｜tool▁calls▁end｜>', separator: '\n' },
      callBegin: '<｜tool▁call▁begin｜>function<｜tool▁sep｜>',
      ...{ nameEnd: '\n```json\n', callEnd: '\n```<｜tool▁call▁end｜>' },
    },
  },
  {
    signs: ['<｜tool▁calls▁begin｜>', '<｜tool▁sep｜>'],
    syntax: {
      ...NAMED,
      ...{ id: 'deepseek-v3', begin: '<｜tool▁calls▁begin｜>', end: '<｜tool▁calls▁end｜>' },
      ...{ callBegin: '<｜tool▁call▁begin｜>', nameEnd: '<｜tool▁sep｜>', callEnd: '<｜tool▁call▁end｜>' },
    },
  },
  {
    signs: ['[TOOL_CALLS]', '[ARGS]'],
    syntax: {
      ...NAMED,
      id: 'mistral-args',
      callBegin: '[TOOL_CALLS]',
      nameEnd: '[ARGS]',
      isNameEndLoose: true,
      idLength: 9,
    },
  },
  {
    signs: ['[TOOL_CALLS]', '"arguments": '],
    syntax: { ...OBJECT, id: 'mistral', begin: '[TOOL_CALLS][', end: ']', separator: ', ', idKey: 'id', idLength: 9 },
  },
  {
    signs: ['<function=', '</function>'],
    syntax: { ...NAMED, id: 'functionary', callBegin: '<function=', nameEnd: '>', callEnd: '</function>' },
  },
  {
    signs: ['"name": ', '"parameters": '],
    syntax: { ...OBJECT, id: 'llama', argumentsKey: 'parameters', isAnchored: true },
  },
];
