import { always, flag, integer, list, object, oneOf, orNull, record, text } from '../../cli/schema.ts';
import type { ResultSpec } from '../../cli/spec.ts';
import { DRY_RUN, READING } from './pairs.ts';

const SOURCE = text('where it is from: flag, the name of a variable, profile NAME, config, or default');
const PROFILE = text('the profile');
const KEY = text('the key');
/** Yes, no, or a condition. */
const EITHER = ['boolean', 'string'];
const VALUE = { type: ['string', 'integer'], description: 'the value' };

/** `regions`. */
export const regionList: ResultSpec = {
  output: 'array',
  item: object({
    provider: text('id of the provider'),
    region: text('id of the region'),
    name: text('name of the region; empty if it is not known'),
    default: flag('whether it is the default of the provider'),
    host: text('host that is called'),
    source: oneOf(['service', 'built-in'], 'whether the service lists it, or only this program'),
  }),
  errors: READING,
};

/** `providers`. */
export const providerList: ResultSpec = {
  output: 'array',
  item: object({
    id: text('id of the provider'),
    aliases: list({ type: 'string' }, 'other names for it'),
    title: text('name of the service'),
    apiVersions: list({ type: 'string' }, 'API versions, the default first'),
    defaultRegion: text('region without --region'),
    regions: list({ type: 'string' }, 'regions that are built in'),
    sites: list({ enum: ['cn', 'intl'] }, 'sites of the vendor that have it'),
    abilities: record('what it can do: yes, no, or a condition in words', EITHER),
    nameRule: text('what the name of a pair may be'),
    maxTags: integer('how many tags a pair may have'),
    requestsPerSecond: orNull(integer('documented limit of creates; null if there is none')),
    warning: orNull(text('warning that commands print')),
    documentation: text("the vendor's page on creating a pair"),
  }),
  errors: [],
};

const LOGIN = {
  vendor: text('id of the vendor: tencent or aliyun'),
  profile: PROFILE,
  store: oneOf(['keychain', 'file'], 'where it is kept'),
};

const ACCOUNT = orNull(text('the account'));
const IDENTITY = orNull(text('the user or role, in the words of the vendor'));

/** `auth login`. */
export const loggedIn: ResultSpec = {
  output: 'object',
  item: object(
    {
      ...LOGIN,
      source: text('where it is kept, in words'),
      id: text('the id of the access key, shortened'),
      account: ACCOUNT,
      identity: IDENTITY,
      dryRun: DRY_RUN,
    },
    ['dryRun'],
  ),
  errors: ['NOT_FOUND', 'AUTH', 'UNAVAILABLE'],
};

/** `auth status`: an object for each provider. */
export const authStatus: ResultSpec = {
  output: 'array',
  item: object({
    provider: text('id of the provider'),
    found: flag('whether there are credentials'),
    source: orNull(text('where they are from')),
    id: orNull(text('the id of the access key, shortened')),
    expiresAt: orNull(text('when they expire, ISO 8601')),
    account: ACCOUNT,
    identity: IDENTITY,
    works: orNull(flag('with --check: whether the vendor accepts them; null: not known')),
    error: orNull(
      object({
        code: text('code of the error'),
        message: text('what is wrong'),
        hints: list({ type: 'string' }, 'what to do about it'),
      }),
    ),
  }),
  errors: ['NOT_FOUND', 'AUTH', 'UNAVAILABLE'],
};

const REMAINING = orNull(text('source of credentials that remain, or null'));

/** `auth logout`. */
export const loggedOut: ResultSpec = {
  output: 'object',
  item: object({ ...LOGIN, removed: always(true, 'it is removed'), remaining: REMAINING }),
  planned: object({ ...LOGIN, removed: always(false, 'it is still there'), dryRun: DRY_RUN }),
  errors: ['NOT_FOUND', 'AUTH', 'UNAVAILABLE'],
};

/** `config list`. */
export const configList: ResultSpec = {
  output: 'array',
  item: object({ key: KEY, value: VALUE, source: SOURCE }),
  errors: [],
};

const OF_PROFILE = orNull({ ...PROFILE, description: 'the profile; null for the key profile itself' });

/** `config get`. */
export const configValue: ResultSpec = {
  output: 'object',
  item: object({
    profile: OF_PROFILE,
    key: KEY,
    value: { anyOf: [VALUE, record('all tags, for the key tags')] },
  }),
  errors: ['NOT_FOUND'],
};

/** `config set`. */
export const configSet: ResultSpec = {
  output: 'object',
  item: object(
    {
      profile: OF_PROFILE,
      key: KEY,
      value: { ...VALUE, type: ['string', 'integer', 'null'], description: 'the value; null if it is not to be shown' },
      dryRun: DRY_RUN,
    },
    ['dryRun'],
  ),
  errors: ['UNAVAILABLE'],
};

/** `config unset`. */
export const configUnset: ResultSpec = {
  output: 'object',
  item: object({ profile: OF_PROFILE, key: KEY, changed: flag('whether it was set'), dryRun: DRY_RUN }, ['dryRun']),
  errors: ['UNAVAILABLE'],
};

/** `config path`. */
export const configPath: ResultSpec = {
  output: 'object',
  item: object({ path: text('the configuration file') }),
  errors: [],
};

/** `doctor`. */
export const diagnosis: ResultSpec = {
  output: 'object',
  item: object(
    {
      ok: flag('whether there are no problems'),
      problems: integer('how many problems are left'),
      notes: integer('how many notes there are'),
      findings: list(
        object({
          check: text('id of the check'),
          level: oneOf(['ok', 'note', 'problem'], 'how bad it is'),
          message: text('what was found'),
          hints: list({ type: 'string' }, 'what to do about it'),
          file: orNull(text('the file that it is about')),
          provider: orNull(text('the provider that it is about')),
          region: orNull(text('the region that it is about')),
          fixable: flag('whether --fix can do something about it'),
          fixed: flag('whether --fix has done it'),
        }),
        'all findings, in the order of the checks',
      ),
      dryRun: DRY_RUN,
    },
    ['dryRun'],
  ),
  errors: ['PARTIAL'],
};
