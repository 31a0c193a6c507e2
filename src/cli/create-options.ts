import { t } from '../i18n/t.ts';
import type { KeyType } from '../keys/generate.ts';
import type { FlagsOf, OptionSpec } from './spec.ts';

/** `--tag` for commands without arguments. */
export const TAG_OPTION = {
  flags: '--tag <k=v...>',
  summary: t`tag of the key pair (tencent, lighthouse, aliyun)`,
} as const satisfies OptionSpec;

/** The flags of every command that creates or uploads a key pair, except `--tag` and `--key-dir`, which differ. */
export const NEW_PAIR_OPTIONS = [
  {
    flags: '--project <id>',
    summary: t`project of the key pair (tencent, qcloud; default: 0)`,
    default: '0',
  },
  { flags: '--resource-group <id>', summary: t`resource group of the key pair (aliyun)` },
  { flags: '--api-version <version>', summary: t`API version (qcloud only)`, values: ['2017-03-12', 'v2'] },
] as const satisfies readonly OptionSpec[];

/**
 * The types of keys that services take. Repeated here: the module of KEY_TYPES loads all of keys/, which help and
 * completions do not need.
 */
export const LOCAL_TYPES = [
  'rsa-4096',
  'rsa-3072',
  'rsa-2048',
  'ecdsa-256',
  'ecdsa-384',
  'ecdsa-521',
] as const satisfies readonly KeyType[];

/** The flags for a pair that is generated on this machine. */
export const LOCAL_OPTIONS = [
  { flags: '--local', summary: t`make the pair on this machine, upload only its public key` },
  {
    flags: '--type <type>',
    summary: t`with --local: kind of key (default: the best there is)`,
    values: LOCAL_TYPES,
    // No service documents it; the error names the types that it does.
    refused: ['ed25519' satisfies KeyType],
  },
] as const satisfies readonly OptionSpec[];

/** Lets a key through that the service's documents do not list. */
export const UNDOCUMENTED_OPTION = {
  flags: '--undocumented',
  summary: t`upload the key once even if the documents do not list its type: the service decides`,
} as const satisfies OptionSpec;

/** The flags for the passphrase of a new private key. */
export const PASSPHRASE_OPTIONS = [
  { flags: '--passphrase', summary: t`protect the private key with a passphrase; asks for it` },
  { flags: '--passphrase-stdin', summary: t`read the passphrase from stdin: one line` },
] as const satisfies readonly OptionSpec[];

/** The flags of `create`. */
export const CREATE_OPTIONS = [
  {
    flags: '-n, --name <name...>',
    summary: t`name of the key pair, and of its file; - for a list on stdin`,
  },
  TAG_OPTION,
  ...NEW_PAIR_OPTIONS,
  { flags: '--key-dir <dir>', summary: t`where the key files go (default: ~/.ssh)`, default: '~/.ssh' },
  { flags: '--output <file>', summary: t`save the private key as this file; - for stdout` },
  { flags: '--no-copy', summary: t`with --output -: keep no copy of the private key on this machine` },
  ...LOCAL_OPTIONS,
  UNDOCUMENTED_OPTION,
  ...PASSPHRASE_OPTIONS,
  {
    flags: '--agent [lifetime]',
    summary: t`add the private key to the running ssh-agent, for a time such as 1h30m (default: until it ends)`,
  },
  {
    flags: '--recreate [pair]',
    summary: t`finish what a create of this name left unfinished; delete its pair only if it is proved ours, or has this id or fingerprint`,
  },
  { flags: '--dry-run', summary: t`check everything, show what would be done, call nothing` },
] as const satisfies readonly OptionSpec[];

/** The parsed {@link CREATE_OPTIONS}. */
export type CreateFlags = FlagsOf<typeof CREATE_OPTIONS>;
