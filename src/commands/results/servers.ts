import {
  always,
  type Fields,
  flag,
  integer,
  list,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
} from '../../cli/schema.ts';
import type { ResultSpec } from '../../cli/spec.ts';
import type { ServerResult } from '../../operations/rotate/work.ts';
import { CHANGING, DRY_RUN, imported, INSTANCE, PLACE, READING, SANDBOX } from './pairs.ts';

const INSTANCE_NAME = orNull(text('name of the instance'));
const USER = text('account on the instance');
const VIA = oneOf(['online', 'agent', 'ssh'], 'how the instance is reached: by its service, its agent, or ssh');
const PRIVATE_KEYS = list({ type: 'string' }, 'absolute paths of the private keys that open it');

/** `instances`. */
export const instanceList: ResultSpec = {
  output: 'array',
  item: object({
    ...PLACE,
    ...INSTANCE,
    platform: orNull(oneOf(['linux', 'windows'], 'kind of operating system')),
    system: orNull(text('operating system or image, in the words of the service')),
    keyPairs: orNull(
      list(
        object({
          name: orNull(text('name of the pair')),
          id: orNull(text('id of the pair')),
          privateKeyPath: orNull(text('absolute path of its private key; null if it is not on this machine')),
        }),
        'the pairs that are bound to it',
      ),
    ),
    sandbox: SANDBOX,
  }),
  errors: READING,
};

const LOGIN = {
  address: text('address to connect to'),
  port: integer('port of sshd'),
  user: USER,
} as const satisfies Fields;

/** `ssh --print`. Without `--print`, ssh has the terminal, and there is no JSON. */
export const sshCommand: ResultSpec = {
  output: 'object',
  item: object({
    ...PLACE,
    id: INSTANCE.id,
    name: INSTANCE_NAME,
    ...LOGIN,
    privateKeyPath: text('absolute path of the private key'),
    command: list({ type: 'string' }, 'ssh and its arguments'),
  }),
  errors: [...READING, 'CONFLICT'],
  otherExit: 'once ssh has started, its exit status: that of the remote command, or 255',
};

const HOST = object({
  host: text('name for ssh'),
  ...PLACE,
  id: INSTANCE.id,
  name: INSTANCE_NAME,
  ...LOGIN,
  port: orNull(LOGIN.port),
  user: orNull(USER),
  privateKeyPaths: PRIVATE_KEYS,
});

/** `ssh-config print`. */
export const configHosts: ResultSpec = { output: 'array', item: HOST, errors: READING };

const CONFIG_FILES = {
  file: text('the file with the entries'),
  config: text('the ssh configuration of the user'),
} as const satisfies Fields;

/** `ssh-config install`. */
export const configInstalled: ResultSpec = {
  output: 'object',
  item: object({
    ...CONFIG_FILES,
    lineAdded: flag('whether the Include line was added to the configuration'),
    backup: orNull(text('copy of a file that had other content')),
    hosts: list(HOST, 'the entries'),
    kept: list({ type: 'string' }, 'entries of other services and regions, which stay'),
    removed: list({ type: 'string' }, 'entries that are gone'),
    dryRun: flag('whether nothing was written'),
  }),
  errors: [...READING, 'CONFLICT'],
};

/** `ssh-config remove`. */
export const configRemoved: ResultSpec = {
  output: 'object',
  item: object({
    file: orNull(CONFIG_FILES.file),
    config: orNull(CONFIG_FILES.config),
    lineRemoved: flag('whether the Include line was removed'),
    dryRun: flag('whether nothing was removed'),
  }),
  errors: ['CONFLICT'],
};

function keyChange(done: 'authorized' | 'revoked', more: Fields): ResultSpec {
  const fields = {
    ...PLACE,
    instance: INSTANCE.id,
    instanceName: INSTANCE_NAME,
    user: USER,
    via: VIA,
    fingerprint: text('SHA256 fingerprint of the key'),
    [done]: always(true, 'it is so now, whether or not it was before'),
    changed: flag('whether it was different before'),
    ...more,
    sandbox: SANDBOX,
  };
  const nothing = always(null, 'nothing was done');
  return {
    output: 'object per line',
    item: object(fields),
    planned: object({ ...fields, [done]: nothing, changed: nothing, dryRun: DRY_RUN }),
    errors: CHANGING,
  };
}

/** `authorize`. */
export const authorized = keyChange('authorized', {
  expires: orNull(text("when sshd begins to refuse the key, in the server's local time: 20261130120000")),
});

/** `revoke`. */
export const revoked = keyChange('revoked', {});

const SERVER: Readonly<Record<keyof ServerResult, Schema>> = {
  ...PLACE,
  name: text('name of the old pair'),
  instance: INSTANCE.id,
  instanceName: INSTANCE_NAME,
  state: oneOf(
    ['pending', 'placed', 'proven', 'retired', 'removed', 'skipped', 'failed'],
    'pending: untouched; placed: has both keys; proven: the new key opens it; retired: the new key opens it, the old one does not; removed, skipped: has the old key only; failed: see the error',
  ),
  via: orNull(VIA),
  user: orNull(USER),
};

/** `rotate`: an object for each instance, then the new pair. */
export const rotated: ResultSpec = {
  output: 'object per line',
  item: {
    anyOf: [
      object({ ...SERVER, sandbox: SANDBOX }, [], 'an instance'),
      { ...imported.item, description: 'the new pair' },
    ],
  },
  planned: object({
    dryRun: DRY_RUN,
    ...PLACE,
    name: SERVER.name,
    newName: text('name of the new pair'),
    keyType: text('type of the new key: rsa-4096, ecdsa-256, …'),
    instance: INSTANCE.id,
    instanceName: INSTANCE_NAME,
    via: VIA,
    user: USER,
    sandbox: SANDBOX,
  }),
  errors: CHANGING,
};
