import type { ErrorCode } from '../../src/errors.ts';

/** When each of the contract's codes is given. */
export const CODES: Readonly<Record<ErrorCode, string>> = {
  FAILURE: 'the service said something that this program does not know; or a bug',
  USAGE: 'bad or missing input; nothing was called, or the service refused it as such',
  NOT_FOUND: 'the pair, instance, region, project or file is not there; fingerprint --match found no dialect',
  AUTH: 'credentials are missing, wrong, expired or not allowed; or the clock of this machine is off',
  CONFLICT: 'the name is taken, the file exists, the pair is in use, or the quota is full',
  UNAVAILABLE: 'throttled, an error of the server, no connection: nothing was changed, try again',
  PARTIAL: 'the cloud changed, or may have: read the message before you try again',
  CANCELLED: 'SIGINT (Ctrl-C), SIGTERM or SIGHUP, or a declined question',
};

/** A name with what it means. */
export type Entry = readonly [name: string, meaning: string];

/** Variables that are no global flag's. */
export const VARIABLES: readonly Entry[] = [
  ['KEYPAIR_KEY_DIR', 'where key files go, as --key-dir'],
  [
    'TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_SESSION_TOKEN',
    'credentials of Tencent Cloud',
  ],
  [
    'ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN',
    'credentials of Alibaba Cloud',
  ],
  ['HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY', 'the proxy, and where to do without'],
  ['NODE_EXTRA_CA_CERTS', 'a file of certificate authorities that are trusted as well'],
  ['NO_COLOR, FORCE_COLOR, TERM', 'whether text is coloured'],
  [
    'LC_ALL, LC_MESSAGES, LANG',
    'the language, unless --lang or KEYPAIR_LANG names one: zh in UTF-8 is Chinese',
  ],
  [
    'XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME',
    'where the configuration, the state and the cache are, below keypair/',
  ],
];

/** The files that the program reads and writes. */
export const FILES: readonly Entry[] = [
  ['~/.ssh/NAME, ~/.ssh/NAME.pub', 'the private key, mode 0600, and its public half, mode 0644'],
  ['~/.config/keypair/config.json', 'profiles: see keypair config; no secret is in it'],
  [
    '~/.config/keypair/credentials/',
    'what keypair auth login --store file has stored: encrypted with a passphrase, or in clear with --insecure-plaintext',
  ],
  [
    '~/.local/state/keypair/journal/',
    'notes of what is under way, for after a power cut; no secret is in them',
  ],
  ['~/.local/state/keypair/rescued/', 'private keys that could not be written where they belong'],
  ['~/.local/state/keypair/trash/', 'key files that were moved there by keypair delete --local-files'],
  ['~/.local/state/keypair/sandbox/', 'the key pairs of the stand-in cloud, without their private halves'],
  ['~/.cache/keypair/', 'names of key pairs for completions; it may be deleted'],
];
