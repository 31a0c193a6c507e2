import {
  always,
  type Fields,
  flag,
  integer,
  list,
  object,
  oneOf,
  orNull,
  record,
  type Schema,
  text,
} from '../../cli/schema.ts';
import type { ResultSpec } from '../../cli/spec.ts';
import type { ErrorCode } from '../../errors.ts';
import type { KeyPairJson } from '../../operations/key-pair-record.ts';

/** The codes of a command that only reads from services. */
export const READING: readonly ErrorCode[] = ['NOT_FOUND', 'AUTH', 'UNAVAILABLE'];

/** The codes of a command that changes something in the cloud. */
export const CHANGING: readonly ErrorCode[] = ['NOT_FOUND', 'AUTH', 'CONFLICT', 'UNAVAILABLE', 'PARTIAL'];

/** Where something is. */
export const PLACE = {
  provider: text('id of the provider: tencent, lighthouse, aliyun, …'),
  region: text('region, as the provider spells it'),
} as const satisfies Fields;

/** Whether the stand-in cloud answered. */
export const SANDBOX = flag('whether this is the stand-in cloud of --sandbox');

/** What only a dry run has. */
export const DRY_RUN = always(true, 'nothing was changed');

/** The fingerprints of a public key. */
export const FINGERPRINTS = object(
  {
    sha256: text('SHA256:…, as ssh-keygen -l -E sha256 prints it'),
    md5: text('MD5:…, as ssh-keygen -l -E md5 prints it'),
  },
  [],
  'of the public key',
);

/** The type of a key. */
export const KEY_TYPE = oneOf(['rsa', 'ed25519', 'ecdsa', 'dsa'], 'type of the key');

const TAGS = record('tags of the pair, by key');

const FILES = {
  privateKeyPath: orNull(text('absolute path of the private key; null if it is not on this machine')),
  publicKeyPath: orNull(text('absolute path of the .pub file; null if there is none')),
} as const satisfies Fields;

const KEY_PAIR: Readonly<Record<keyof KeyPairJson, Schema>> = {
  ...PLACE,
  name: text('name of the pair'),
  id: orNull(text('id of the pair; null if the service tells none')),
  keyType: orNull(KEY_TYPE),
  bits: orNull(integer('size of the key')),
  fingerprints: orNull(FINGERPRINTS),
  providerFingerprint: orNull(text('fingerprint in the words of the service')),
  publicKey: orNull(text('public key in one line of OpenSSH')),
  createdAt: orNull(text('when it was created, ISO 8601')),
  description: orNull(text('description of the pair')),
  projectId: orNull(integer('project of the pair (Tencent)')),
  tags: orNull(TAGS),
  instances: orNull(list({ type: 'string' }, 'ids of the instances that it is bound to')),
  ...FILES,
  requestId: orNull(text('id of the request that created or listed it')),
  sandbox: SANDBOX,
};

const NAMED = { ...PLACE, name: KEY_PAIR.name, id: KEY_PAIR.id } as const satisfies Fields;

const LIFETIME = orNull(integer('seconds until the ssh-agent forgets it; null: when it ends'));

/** `create`. With `--output -` the private key is on stdout, and no result. */
export const created: ResultSpec = {
  output: 'object per line',
  item: object(
    {
      ...KEY_PAIR,
      agent: object({ added: flag('whether the ssh-agent holds it'), lifetime: LIFETIME }, [], 'with --agent only'),
    },
    ['agent'],
  ),
  planned: object(
    {
      dryRun: DRY_RUN,
      ...PLACE,
      endpoint: text('address that would be called'),
      name: text('name of the pair'),
      tags: TAGS,
      projectId: KEY_PAIR.projectId,
      resourceGroupId: orNull(text('resource group of the pair (Alibaba)')),
      credentials: text('where the credentials are from'),
      local: orNull(text('type of a key that is made on this machine; null: the service makes it')),
      ...FILES,
      passphrase: always(true, 'the private key gets a passphrase'),
      agent: object({ lifetime: LIFETIME }, [], 'with --agent only'),
      sandbox: SANDBOX,
    },
    ['passphrase', 'agent'],
  ),
  errors: ['NOT_FOUND', 'AUTH', 'CONFLICT', 'UNAVAILABLE', 'PARTIAL'],
};

/** `import`. */
export const imported: ResultSpec = {
  output: 'object per line',
  item: object(KEY_PAIR),
  planned: object({
    dryRun: DRY_RUN,
    ...PLACE,
    name: text('name of the pair'),
    tags: TAGS,
    projectId: KEY_PAIR.projectId,
    resourceGroupId: orNull(text('resource group of the pair (Alibaba)')),
    keyType: KEY_TYPE,
    bits: integer('size of the key'),
    fingerprints: FINGERPRINTS,
    ...FILES,
    sandbox: SANDBOX,
  }),
  errors: CHANGING,
};

/** `ensure`. */
export const ensured: ResultSpec = {
  output: 'object per line',
  item: object(KEY_PAIR),
  planned: object({
    dryRun: DRY_RUN,
    ...NAMED,
    exists: flag('whether it is in the cloud and here already; else it would be created'),
    ...FILES,
    sandbox: SANDBOX,
  }),
  errors: CHANGING,
};

/** `list`. A key of this machine that no service has: provider and region are null. */
export const listed: ResultSpec = {
  output: 'array',
  item: object({ ...KEY_PAIR, provider: orNull(PLACE.provider), region: orNull(PLACE.region) }),
  errors: READING,
};

const STATE = orNull(text('state of the instance in the words of the service: RUNNING, Stopped'));

/** What is told of an instance wherever it is named. */
export const INSTANCE = {
  id: text('id of the instance'),
  name: orNull(text('name of the instance')),
  state: STATE,
  publicAddresses: list({ type: 'string' }, 'public addresses, IPv4 first'),
  privateAddresses: list({ type: 'string' }, 'private addresses, IPv4 first'),
} as const satisfies Fields;

/** `show`. */
export const shown: ResultSpec = {
  output: 'object',
  item: object({
    ...KEY_PAIR,
    instanceStates: orNull(list(object(INSTANCE), 'the instances that it is bound to; null if they cannot be listed')),
    privateKeyMode: orNull(text('permissions of the private key file, such as 0600')),
  }),
  errors: [...READING, 'CONFLICT'],
};

/** `update`. */
export const updated: ResultSpec = {
  output: 'object',
  item: object(KEY_PAIR),
  planned: object({
    dryRun: DRY_RUN,
    ...NAMED,
    change: object(
      {
        name: text('new name'),
        description: text('new description'),
        tags: record('tags to set, by key'),
        removeTags: list({ type: 'string' }, 'keys of tags to remove'),
      },
      ['name', 'description', 'tags', 'removeTags'],
      'what would be changed',
    ),
    sandbox: SANDBOX,
  }),
  errors: CHANGING,
};

const TRASHED = list({ type: 'string' }, 'key files that go to the trash (--local-files)');
const KEPT = list({ type: 'string' }, 'key files that stay: they are of another pair');

/** `delete`. */
export const deleted: ResultSpec = {
  output: 'object per line',
  item: object(
    { ...NAMED, deleted: always(true, 'it is deleted in the cloud'), trashed: TRASHED, kept: KEPT, sandbox: SANDBOX },
    ['kept'],
  ),
  planned: object({ dryRun: DRY_RUN, ...NAMED, trashed: TRASHED, kept: KEPT, sandbox: SANDBOX }, ['trashed', 'kept']),
  errors: CHANGING,
};

function bound(done: 'attached' | 'detached'): ResultSpec {
  const fields = {
    ...NAMED,
    instance: text('id of the instance'),
    [done]: orNull(flag('true: done; false: accepted, and in progress; null: unknown')),
    state: STATE,
    operation: orNull(oneOf(['done', 'under way', 'failed'], 'state of the latest operation on the instance')),
    sandbox: SANDBOX,
  };
  return {
    output: 'object per line',
    item: object(fields),
    planned: object({ dryRun: DRY_RUN, ...fields, [done]: always(null, 'nothing was done') }),
    errors: CHANGING,
  };
}

/** `attach`. */
export const attached = bound('attached');

/** `detach`. */
export const detached = bound('detached');
