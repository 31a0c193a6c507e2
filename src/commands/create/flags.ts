import type { KeyType } from '../../keys/generate.ts';
import type { OptionSpec } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

/** The flags of `create`, as Commander names them. */
export interface CreateFlags extends NewPairFlags, LocalFlags {
  readonly name: readonly string[];
  readonly output: string;
  readonly dryRun: boolean;
  /** True without a value. */
  readonly recreate: boolean | string;
  readonly copy: boolean;
}

/** The flags of every command that makes or uploads a key pair, as Commander names them. */
export interface NewPairFlags {
  readonly tag: readonly string[];
  readonly project: string;
  readonly resourceGroup: string;
  readonly apiVersion: string;
  readonly keyDir: string;
}

/** The flags of making a pair on this machine. */
export interface LocalFlags {
  readonly local: boolean;
  readonly type: KeyType;
}

/** `--tag` of a command that has no arguments. */
export const TAG_OPTION: OptionSpec = {
  flags: '--tag <k=v...>',
  summary: t`tag of the key pair (tencent, lighthouse, aliyun)`,
};

/** What {@link NewPairFlags} are on the command line, but for `--tag` and `--key-dir`, which are the command's. */
export const NEW_PAIR_OPTIONS: readonly OptionSpec[] = [
  { flags: '--project <id>', summary: t`project of the key pair (tencent, qcloud; default: 0)` },
  { flags: '--resource-group <id>', summary: t`resource group of the key pair (aliyun)` },
  { flags: '--api-version <version>', summary: t`interface of qcloud`, values: ['2017-03-12', 'v2'] },
];

// Written out, since the module of KEY_TYPES loads the whole of keys/: help and completions must not.
const TYPES = [
  'rsa-4096',
  'rsa-3072',
  'rsa-2048',
  'ecdsa-256',
  'ecdsa-384',
  'ecdsa-521',
] as const satisfies readonly KeyType[];

/** What {@link LocalFlags} are on the command line. */
export const LOCAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--local', summary: t`make the pair on this machine, upload only its public half` },
  {
    flags: '--type <type>',
    summary: t`with --local: kind of key (default: the best there is)`,
    values: TYPES,
    // No service takes it; each says what it takes in its place.
    refused: ['ed25519' satisfies KeyType],
  },
];
