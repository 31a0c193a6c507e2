import type { ApiError } from '../api-error.ts';

/** Reads a list of texts that ECS takes as one text of JSON: `["a","b"]`. @throws `refused()` for anything else, and for an empty list */
export function parseJsonList(json: string, refused: () => ApiError): readonly string[] {
  try {
    const names: unknown = JSON.parse(json);
    if (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string'))
      return names;
  } catch {
    // Said below: not JSON and not a list of names are one thing to the service.
  }
  throw refused();
}
