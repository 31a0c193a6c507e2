import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { defaultOf } from '../providers/parse.ts';
import { type Entry, type Fields, fieldsOf, lineIn, pairIn } from './entry.ts';

/**
 * One section of an INI file, or null where it has no such one.
 *
 * @throws KeypairError `AUTH` with the line of the first thing that is no section, comment or `name = value`.
 */
export async function iniSection(text: string, section: string): Promise<Fields | null> {
  const clean = text.replace(/^\ufeff/, '');
  const faulty = clean
    .split(/\r\n?|\n/)
    .findIndex((line) => !/^\s*($|[;#]|\[[^\]]*\]\s*$|[^=\s[][^=]*=)/.test(line));
  if (faulty >= 0)
    throw new KeypairError('AUTH', t`line ${faulty + 1} is neither a [section] nor name = value`);
  const { parse } = defaultOf(await import('ini'));
  let found: unknown;
  try {
    found = parse(clean);
  } catch {
    throw new KeypairError('AUTH', t`it cannot be read as INI`);
  }
  // The library takes a dot in a section's name for a section within another.
  for (const part of section.split('.')) {
    const within: Fields | null = fieldsOf(found);
    found = within !== null && Object.hasOwn(within, part) ? within[part] : null;
  }
  return fieldsOf(found);
}

/**
 * A section of `~/.tencentcloud/credentials`: `secret_id`, `secret_key`, and `token` for temporary ones (TencentCloud
 * SDKs for Node.js and Go). Null where it holds none.
 *
 * @throws KeypairError `AUTH` that names the field that is missing or bad.
 */
export function tencentIniEntry(section: Fields): Entry | null {
  return pairIn(section, { id: 'secret_id', secret: 'secret_key', token: 'token' });
}

const ALIBABA_KEY = { id: 'access_key_id', secret: 'access_key_secret', token: null };

/**
 * A section of `~/.alibabacloud/credentials` (@alicloud/credentials, profile.ts). Null where it holds none.
 *
 * @throws KeypairError `AUTH` that names the field that is missing or bad.
 */
export function alibabaIniEntry(section: Fields): Entry | null {
  const type = lineIn(section, 'type');
  switch (type) {
    case null:
    case 'access_key':
      return pairIn(section, ALIBABA_KEY);
    case 'ecs_ram_role':
      return { kind: 'instance', roleName: lineIn(section, 'role_name') };
    case 'ram_role_arn':
      return roleIn(section);
    default:
      return {
        kind: 'unusable',
        why: t`its type is none of access_key, ecs_ram_role, ram_role_arn: change it, or run aliyun configure`,
      };
  }
}

function roleIn(section: Fields): Entry | null {
  const base = pairIn(section, ALIBABA_KEY);
  const arn = lineIn(section, 'role_arn');
  if (base === null) return null;
  if (arn === null) throw new KeypairError('AUTH', t`it has no role_arn`);
  const role = {
    arn,
    sessionName: lineIn(section, 'role_session_name'),
    externalId: null,
    durationSeconds: null,
    policy: lineIn(section, 'policy'),
    stsEndpoint: null,
  };
  return { kind: 'role', base, role };
}
