import { t } from '../language/t.ts';
import { type Entry, fieldsOf, lineIn, numberIn, pairIn } from './entry.ts';
import { parseJsonObject } from './json-file.ts';
import { KeypairError } from '../errors.ts';

/** What renews each kind of temporary credentials that tccli writes (TencentCloud/tencentcloud-cli, oauth.py, sso.py). */
const LOGINS: Readonly<Record<string, string>> = {
  oauth: 'tccli auth login',
  sso: 'tccli sso login',
};

/**
 * Reads `~/.tccli/<profile>.credential`: `{secretId, secretKey, token?, "role-arn"?, "role-session-name"?, type?,
 * expiresAt?}`, the latter in seconds since 1970. Null where it holds no credentials.
 *
 * @throws KeypairError `AUTH` that names a line or a field, and nothing of its content.
 */
export function tccliEntry(text: string): Entry | null {
  const fields = parseJsonObject(text);
  const type = lineIn(fields, 'type');
  if (type === 'cvm-role') return { kind: 'instance', roleName: null };
  const login = type !== null && Object.hasOwn(LOGINS, type) ? LOGINS[type] : undefined;
  const renew = login === undefined ? null : t`run ${login}`;
  if (type !== null && renew === null) {
    return { kind: 'unusable', why: t`it is of a kind that only tccli knows: run tccli configure` };
  }
  const ends = numberIn(fields, 'expiresAt');
  if (renew !== null && ends === null) throw new KeypairError('AUTH', 'it has no expiresAt');
  const pair = pairIn(
    fields,
    { id: 'secretId', secret: 'secretKey', token: 'token' },
    { expiresAt: renew === null || ends === null ? null : new Date(ends * 1000), renew },
  );
  const arn = lineIn(fields, 'role-arn');
  if (pair === null || arn === null) return pair;
  const role = {
    arn,
    sessionName: lineIn(fields, 'role-session-name'),
    externalId: null,
    durationSeconds: null,
    policy: null,
    stsEndpoint: null,
  };
  return { kind: 'role', base: pair, role };
}

/**
 * The region in `~/.tccli/<profile>.configure`: `{"_sys_param": {"region": …}}`; null where it has none.
 *
 * @throws KeypairError `AUTH`, as {@link tccliEntry}.
 */
export function tccliRegion(text: string): string | null {
  const fields = parseJsonObject(text);
  const system = Object.hasOwn(fields, '_sys_param') ? fieldsOf(fields['_sys_param']) : null;
  return system === null ? null : lineIn(system, 'region');
}
