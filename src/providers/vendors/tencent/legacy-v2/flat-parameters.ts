import type { Parameters } from './query-signature.ts';

/**
 * Parameters of API 3.0 as a form: `Filters.1.Values.1`. The documents of 2017-03-12 count lists from 1, those of API
 * 3.0 from 0.
 */
export function flatParameters(parameters: object): Parameters {
  return Object.entries(parameters).flatMap(([name, value]: [string, unknown]) => flat(name, value));
}

function flat(name: string, value: unknown): Parameters {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => flat(`${name}.${String(index + 1)}`, item));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([inner, item]: [string, unknown]) =>
      flat(`${name}.${inner}`, item),
    );
  }
  return [[name, String(value)]];
}
