/** Fields whose value was given. */
export type Given<Fields> = { readonly [Name in keyof Fields]?: NonNullable<Fields[Name]> };

/** Leaves out what is null or undefined: to an engine a field is either there or not. */
export const given = <Fields extends object>(fields: Fields): Given<Fields> => {
  const kept: Partial<Record<string, unknown>> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null) kept[name] = value;
  }
  // Safe: these are the fields that are neither.
  return kept as Given<Fields>;
};
