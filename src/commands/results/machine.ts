import { flag, integer, list, object, oneOf, orNull, record, text } from '../../cli/schema.ts';
import type { ResultSpec } from '../../cli/spec.ts';
import { DRY_RUN, FINGERPRINTS, INSTANCE, KEY_TYPE, PLACE } from './pairs.ts';

const SIMULATED = flag('whether nothing was changed');

/** `fingerprint`: an object for each key. */
export const fingerprinted: ResultSpec = {
  output: 'object per line',
  item: object(
    {
      file: text('the file, as it was given'),
      keyType: KEY_TYPE,
      bits: integer('size of the key'),
      comment: text('comment of the key; empty if there is none'),
      certificate: flag('whether it is the key of a certificate'),
      fingerprints: FINGERPRINTS,
      dialects: record('with --all: the fingerprint in each dialect, by its id'),
      match: text('with --match: the id of the dialect that matches'),
    },
    ['dialects', 'match'],
  ),
  errors: ['NOT_FOUND', 'AUTH'],
};

const KEY_FACTS = {
  keyType: KEY_TYPE,
  bits: integer('size of the key'),
  fingerprints: FINGERPRINTS,
  publicKey: text('public key in one line of OpenSSH'),
};

/** `export`. With `--output -` the key is on stdout, and no result. */
export const exported: ResultSpec = {
  output: 'object',
  item: object({
    from: orNull(text('the file that was read; null: stdin')),
    file: text('the new file'),
    format: oneOf(['openssh', 'pem', 'pkcs8', 'ppk', 'public'], 'its format'),
    encrypted: flag('whether it has a passphrase'),
    ...KEY_FACTS,
    dryRun: SIMULATED,
  }),
  errors: ['NOT_FOUND', 'AUTH', 'CONFLICT'],
};

/** `passphrase`. A dry run may not know the key: it does not ask for the passphrase. */
export const passphraseChanged: ResultSpec = {
  output: 'object',
  item: object({
    file: text('the private key file'),
    encrypted: flag('whether it has a passphrase now'),
    wasEncrypted: flag('whether it had one before'),
    keyType: orNull(KEY_TYPE),
    bits: orNull(KEY_FACTS.bits),
    fingerprints: orNull(FINGERPRINTS),
    publicKey: orNull(KEY_FACTS.publicKey),
    dryRun: SIMULATED,
  }),
  errors: ['NOT_FOUND', 'AUTH', 'CONFLICT'],
};

const AGENT_KEY = {
  name: text('the key, as it was given'),
  file: text('absolute path of its file'),
  fingerprints: orNull(FINGERPRINTS),
};

/** `agent add`. */
export const agentAdded: ResultSpec = {
  output: 'object per line',
  item: object({
    ...AGENT_KEY,
    lifetime: orNull(integer('seconds until the agent forgets it; null: when it ends')),
    confirm: flag('whether the agent asks before each use'),
    added: flag('whether the agent holds it now'),
    dryRun: SIMULATED,
  }),
  errors: ['NOT_FOUND', 'AUTH', 'UNAVAILABLE'],
};

/** `agent remove`. */
export const agentRemoved: ResultSpec = {
  output: 'object per line',
  item: object({ ...AGENT_KEY, removed: flag('whether the agent has forgotten it'), dryRun: SIMULATED }),
  errors: ['NOT_FOUND', 'UNAVAILABLE'],
};

const TRASHED_NAME = text('name of the file');

/** `trash list`. */
export const trashList: ResultSpec = {
  output: 'array',
  item: object({
    name: TRASHED_NAME,
    file: text('where it is now'),
    from: orNull(text('where it was; null if that is not known')),
    copy: flag('whether it is the copy of a private key that went to stdout'),
    folder: text('name of its folder in the trash'),
    at: text('when it was put there, ISO 8601'),
  }),
  errors: [],
};

/** `trash restore`. */
export const trashRestored: ResultSpec = {
  output: 'object per line',
  item: object({
    name: TRASHED_NAME,
    from: text('where it was in the trash'),
    file: text('where it is now'),
    dryRun: SIMULATED,
  }),
  errors: ['NOT_FOUND', 'CONFLICT'],
};

/** `trash empty`. */
export const trashEmptied: ResultSpec = {
  output: 'object',
  item: object({
    removed: list({ type: 'string' }, 'the files that are gone'),
    left: list({ type: 'string' }, 'the files that could not be removed'),
    dryRun: SIMULATED,
  }),
  errors: [],
};

const CREDENTIALS = object({
  secretId: text('SecretId or AccessKeyId'),
  secretKey: text('its secret, which opens nothing but this server'),
});

/** `sandbox serve`: one line when it listens. */
export const sandboxServing: ResultSpec = {
  output: 'object',
  item: object(
    {
      url: text('address of the server'),
      credentials: CREDENTIALS,
      credentialsFile: text('with --ssh or --run-commands: a file with the credentials'),
      instances: list(
        object({
          ...PLACE,
          id: INSTANCE.id,
          name: text('name of the instance'),
          address: text('address of its sshd'),
          port: integer('port of its sshd'),
          user: text('user to log in as'),
          knownHostsFile: text('file with its host key'),
          hostKeyAlias: text('name of the host key in it'),
        }),
        'with --ssh: the instances that can be logged in to',
      ),
    },
    ['credentialsFile', 'instances'],
  ),
  errors: [],
};

/** `sandbox reset`. */
export const sandboxReset: ResultSpec = {
  output: 'object',
  item: object({ reset: text('the directory that is empty now'), dryRun: DRY_RUN }, ['dryRun']),
  errors: [],
};

/** `sandbox status`. */
export const sandboxStatus: ResultSpec = {
  output: 'object',
  item: object({
    stateDirectory: text('the directory with its state'),
    keyPairs: integer('how many key pairs it has'),
    services: list(
      object({
        service: text('service: cvm, lighthouse, ecs'),
        region: text('region'),
        keyPairs: integer('how many key pairs'),
      }),
      'services and regions with key pairs',
    ),
  }),
  errors: [],
};

/** `completion`. */
export const completionScript: ResultSpec = {
  output: 'object',
  item: object({ shell: text('the shell'), script: text('the script') }),
  errors: [],
};
