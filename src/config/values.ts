import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { parseEndpoint } from '../http/route.ts';
import { joinList, t } from '../i18n/t.ts';
import { descriptors, findDescriptor } from '../providers/registry.ts';
import type { Site } from '../providers/types.ts';

/** The rule for the value of a setting: the same for a flag, for `config set` and in the file. */
export interface ValueRule<T extends string | number = string | number> {
  /** For people, after "takes" and "is not": `the number of a project`. */
  readonly sentence: string;
  readonly hint?: string;
  /** The value of a text, as it is stored; null for an invalid text. */
  accept(text: string): T | null;
}

/**
 * Reads the value of a flag or a setting by its rule.
 *
 * @param what its name, for the message: `--project`. The message does not quote the text.
 * @throws KeypairError `USAGE`.
 */
export function readValue<T extends string | number>(rule: ValueRule<T>, text: string, what: string): T {
  const value = rule.accept(text);
  if (value !== null) return value;
  throw new KeypairError('USAGE', t`${what} takes ${rule.sentence}`, {
    hints: rule.hint === undefined ? [] : [rule.hint],
  });
}

/** Whether a text has the form of a region id, the same for all vendors. Only such text goes into host names. */
export function isRegion(text: string): boolean {
  return /^[a-z]{2}(-[a-z0-9]+)*$/.test(text);
}

/** A provider, by id or alias; the value is its id. */
export const PROVIDER: ValueRule<string> = {
  get sentence() {
    return t`a provider: ${joinList(descriptors.map(({ id }) => id))}`;
  },
  accept: (text) => accepted(() => findDescriptor(text).id),
};

/** One region. */
export const REGION: ValueRule<string> = {
  sentence: t`one region, such as ap-guangzhou`,
  hint: t`see keypair regions`,
  accept: (text) => (isRegion(text) ? text : null),
};

/** The site of an account. */
export const SITE: ValueRule<Site> = {
  sentence: t`cn or intl`,
  hint: t`cn: accounts of cloud.tencent.com; intl: accounts of tencentcloud.com`,
  accept: (text) => (text === 'cn' || text === 'intl' ? text : null),
};

/** As `--endpoint`. */
export const ENDPOINT: ValueRule<string> = {
  sentence: t`an https address without a path (http on this machine), without a user or a password`,
  accept: (text) => accepted(() => (parseEndpoint(text), text)),
};

/** An absolute directory, or one in the home directory. */
export const KEY_DIRECTORY: ValueRule<string> = {
  sentence: t`a directory that begins with / or ~`,
  accept: (text) => ((path.isAbsolute(text) || /^~($|[\\/])/.test(text)) && !text.includes('\0') ? text : null),
};

/** A project of Tencent Cloud. */
export const PROJECT: ValueRule<number> = {
  sentence: t`the number of a project`,
  hint: t`0 is the default project; see the others in the console under projects`,
  accept: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : null),
};

/** A resource group of Alibaba Cloud. */
export const RESOURCE_GROUP: ValueRule<string> = {
  sentence: t`an id such as rg-bp67acfmxazb4p`,
  accept: (text) => (/^rg-[0-9A-Za-z]+$/.test(text) ? text : null),
};

/** Roles, by both vendors' documents on AssumeRole. Tencent's service roles have one more level. */
const ROLES = [
  /^qcs::cam::uin\/\d{1,20}:role(Name)?\/(tencentcloudServiceRole(Name)?\/)?[\w+=,.@-]{1,128}$/,
  /^acs:ram::\d{1,20}:role\/[\w+=,.@-]{1,128}$/,
];

/** How old a key pair may get before `doctor` tells, in days. */
export const MAX_AGE: ValueRule<string> = {
  sentence: t`a number of days, such as 90d`,
  accept: (text) => (/^[1-9]\d{0,4}d$/.test(text) ? text : null),
};

/** A role that can be assumed. */
export const ROLE_ARN: ValueRule<string> = {
  sentence: t`a role: qcs::cam::uin/<number>:roleName/<name> or acs:ram::<number>:role/<name>`,
  accept: (text) => (ROLES.some((pattern) => pattern.test(text)) ? text : null),
};

/** The name of a session, in the characters that both vendors' AssumeRole accept. */
export const SESSION_NAME: ValueRule<string> = {
  sentence: t`2 to 128 letters, digits and the characters + = , . @ _ -`,
  accept: (text) => (/^[\w+=,.@-]{2,128}$/.test(text) ? text : null),
};

/** The external id of a role, in the characters that both vendors' AssumeRole accept. */
export const EXTERNAL_ID: ValueRule<string> = {
  sentence: t`2 to 1224 letters, digits and the characters + = , . @ : / _ -`,
  accept: (text) => (/^[\w+=,.@:/-]{2,1224}$/.test(text) ? text : null),
};

/** How long a role is assumed, in seconds. */
export const DURATION: ValueRule<number> = {
  sentence: t`seconds, from 900 to 43200`,
  accept: (text) => {
    const seconds = /^\d{3,5}$/.test(text) ? Number(text) : NaN;
    return seconds >= 900 && seconds <= 43_200 ? seconds : null;
  },
};

/** The result of `read`, or null if it throws a KeypairError: the error may quote the text. */
function accepted<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof KeypairError) return null;
    throw error;
  }
}

/** One setting of a profile. */
interface ConfigKey {
  /** As users type it: `role.session-name`. */
  readonly name: string;
  /** Its path below the profile in the file. */
  readonly path: readonly [string, ...string[]];
  readonly rule: ValueRule;
}

/** The settings of a profile, in the order of the output. There are also `tags.<key>`. */
export const PROFILE_KEYS = [
  { name: 'provider', path: ['provider'], rule: PROVIDER },
  { name: 'region', path: ['region'], rule: REGION },
  { name: 'site', path: ['site'], rule: SITE },
  { name: 'endpoint', path: ['endpoint'], rule: ENDPOINT },
  { name: 'key-dir', path: ['keyDir'], rule: KEY_DIRECTORY },
  { name: 'project', path: ['project'], rule: PROJECT },
  { name: 'resource-group', path: ['resourceGroup'], rule: RESOURCE_GROUP },
  { name: 'max-age', path: ['maxAge'], rule: MAX_AGE },
  { name: 'role.arn', path: ['role', 'arn'], rule: ROLE_ARN },
  { name: 'role.session-name', path: ['role', 'sessionName'], rule: SESSION_NAME },
  { name: 'role.external-id', path: ['role', 'externalId'], rule: EXTERNAL_ID },
  { name: 'role.duration', path: ['role', 'durationSeconds'], rule: DURATION },
] as const satisfies readonly ConfigKey[];
