/** A JSON Schema (draft 2020-12), or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

/** A string. */
export function text(description: string): Schema {
  return { type: 'string', description };
}

/** A whole number. */
export function integer(description: string): Schema {
  return { type: 'integer', description };
}

/** True or false. */
export function flag(description: string): Schema {
  return { type: 'boolean', description };
}

/** One of a few strings. */
export function oneOf(values: readonly string[], description: string): Schema {
  return { type: 'string', enum: values, description };
}

/** A value that is always the same. */
export function always(value: unknown, description: string): Schema {
  return { const: value, description };
}

/** A list of things that are alike. */
export function list(items: Schema, description: string): Schema {
  return { type: 'array', items, description };
}

/** Values by names that are not known beforehand: strings, or of another type. */
export function record(description: string, type: string | readonly string[] = 'string'): Schema {
  return { type: 'object', additionalProperties: { type }, description };
}

/** An object with these fields. @param optional those that may be absent. */
export function object(fields: Fields, optional: readonly string[] = [], description?: string): Schema {
  const required = Object.keys(fields).filter((name) => !optional.includes(name));
  return { type: 'object', ...(description === undefined ? {} : { description }), properties: fields, required };
}

/** Fields of an object, by name. */
export type Fields = Readonly<Record<string, Schema>>;

/** The same, or null where nothing is known. */
export function orNull(schema: Schema): Schema {
  const { type, enum: values } = schema;
  return {
    ...schema,
    type: [type, 'null'],
    ...(Array.isArray(values) ? { enum: [...(values as readonly unknown[]), null] } : {}),
  };
}
