import { t } from '../i18n/t.ts';
import { type Entry, type Fields, fieldsOf, lineIn, numberIn, pairIn } from './entry.ts';
import { parseJsonObject } from './json-file.ts';
import { KeypairError } from '../errors.ts';

/** What renews each kind of temporary credentials that tccli writes (TencentCloud/tencentcloud-cli, oauth.py, sso.py). */
const LOGINS: Readonly<Record<string, string>> = {
  oauth: 'tccli auth login',
  sso: 'tccli sso login',
};

/** What `tccli configure set use-cvm-role false` writes: an access key, as without any type (configure.py). */
const PLAIN = 'default';

/**
 * Reads `~/.tccli/<profile>.credential`: `{secretId, secretKey, token?, "role-arn"?, "role-session-name"?, type?,
 * expiresAt?}`, the latter in seconds since 1970. Null where it holds no credentials.
 *
 * @throws KeypairError `AUTH` that names a line or a field, and nothing of its content.
 */
export function tccliEntry(text: string): Entry | null {
  const fields = given(parseJsonObject(text));
  const type = lineIn(fields, 'type');
  if (type === 'cvm-role') return { kind: 'instance', roleName: null };
  const login = type !== null && Object.hasOwn(LOGINS, type) ? LOGINS[type] : undefined;
  const renew = login === undefined ? null : t`run ${login}`;
  if (type !== null && type !== PLAIN && renew === null) {
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

/** `tccli configure` writes the word None for an answer that was left out (configure.py). */
function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== 'None'));
}

/**
 * The region in `~/.tccli/<profile>.configure`: `{"_sys_param": {"region": …}}`; null where it has none.
 *
 * @throws KeypairError `AUTH`, as {@link tccliEntry}.
 */
export function tccliRegion(text: string): string | null {
  const fields = parseJsonObject(text);
  const system = Object.hasOwn(fields, '_sys_param') ? fieldsOf(fields['_sys_param']) : null;
  return system === null ? null : lineIn(given(system), 'region');
}
