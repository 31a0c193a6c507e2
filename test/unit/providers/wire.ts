import type { HttpRequest } from '../../../src/http/types.ts';

/** The action that a request asks for, whichever way the interface says it. */
export function actionOf(request: HttpRequest): string {
  const header = request.headers['x-tc-action'] ?? request.headers['x-acs-action'];
  return header ?? new URLSearchParams(request.body).get('Action') ?? '';
}

/** What a request says besides credentials, clock and action, in its own spelling. */
export function parametersOf(request: HttpRequest): Record<string, unknown> {
  if (request.headers['content-type'] === 'application/json') {
    return JSON.parse(request.body ?? '') as Record<string, unknown>;
  }
  const ours = /^(Action|Version|Region|RegionId|SecretId|Token|Timestamp|Nonce|RequestClient|Signature.*)$/;
  const sent = request.body === undefined ? request.url.searchParams : new URLSearchParams(request.body);
  return Object.fromEntries([...sent].filter(([name]) => !ours.test(name)));
}

/** The members of a list, be it JSON, JSON in a text, or `Name.1=…&Name.2=…`. */
export function listOf(request: HttpRequest, name: RegExp): string[] {
  return Object.entries(parametersOf(request)).flatMap(([key, value]) => {
    if (!name.test(key)) return [];
    if (Array.isArray(value)) return value as string[];
    return String(value).startsWith('[') ? (JSON.parse(String(value)) as string[]) : [String(value)];
  });
}

/** What a request to delete names. */
export function handlesOf(request: HttpRequest): string[] {
  return listOf(request, /^(KeyIds|keyIds|KeyPairNames)/);
}

/** The instances that a request names. */
export function instancesOf(request: HttpRequest): string[] {
  return listOf(request, /^[Ii]nstanceIds/);
}
