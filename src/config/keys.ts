import {
  DURATION,
  ENDPOINT,
  EXTERNAL_ID,
  KEY_DIRECTORY,
  PROJECT,
  PROVIDER,
  REGION,
  RESOURCE_GROUP,
  ROLE_ARN,
  SESSION_NAME,
  SITE,
  type ValueRule,
} from './values.ts';

/** One setting of a profile. */
export interface ConfigKey {
  /** As users type it: `role.session-name`. */
  readonly name: string;
  /** Its path below the profile in the file. */
  readonly path: readonly [string, ...string[]];
  readonly rule: ValueRule;
}

/** The settings of a profile, in the order in which they are shown; there are `tags.<key>`, too. */
export const PROFILE_KEYS = [
  { name: 'provider', path: ['provider'], rule: PROVIDER },
  { name: 'region', path: ['region'], rule: REGION },
  { name: 'site', path: ['site'], rule: SITE },
  { name: 'endpoint', path: ['endpoint'], rule: ENDPOINT },
  { name: 'key-dir', path: ['keyDir'], rule: KEY_DIRECTORY },
  { name: 'project', path: ['project'], rule: PROJECT },
  { name: 'resource-group', path: ['resourceGroup'], rule: RESOURCE_GROUP },
  { name: 'role.arn', path: ['role', 'arn'], rule: ROLE_ARN },
  { name: 'role.session-name', path: ['role', 'sessionName'], rule: SESSION_NAME },
  { name: 'role.external-id', path: ['role', 'externalId'], rule: EXTERNAL_ID },
  { name: 'role.duration', path: ['role', 'durationSeconds'], rule: DURATION },
] as const satisfies readonly ConfigKey[];
