/** A name and its meaning. */
export type Entry = readonly [name: string, meaning: string];

/** The variables that do not belong to a global flag. */
export const VARIABLES: readonly Entry[] = [
  ['KEYPAIR_KEY_DIR', 'the directory of the key files, as --key-dir'],
  ['TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_SESSION_TOKEN', 'credentials of Tencent Cloud'],
  [
    'ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN',
    'credentials of Alibaba Cloud',
  ],
  ['HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY', 'the proxy, and the hosts that need none'],
  ['NODE_EXTRA_CA_CERTS', 'a file with certificate authorities to trust as well'],
  ['NO_COLOR, FORCE_COLOR, TERM', 'whether text is coloured'],
  ['LC_ALL, LC_MESSAGES, LANG', 'the language, unless --lang or KEYPAIR_LANG sets it: zh in UTF-8 means Chinese'],
  [
    'XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME',
    'the directories of configuration, state and cache; keypair/ is below them',
  ],
];

/** The files that the program reads and writes. */
export const FILES: readonly Entry[] = [
  ['~/.ssh/NAME, ~/.ssh/NAME.pub', 'the private key, mode 0600, and the public key, mode 0644'],
  ['~/.config/keypair/config.json', 'profiles, see keypair config; it contains no secret'],
  [
    '~/.config/keypair/credentials/',
    'credentials that keypair auth login --store file stored: encrypted with a passphrase, or not with --insecure-plaintext',
  ],
  ['~/.local/state/keypair/journal/', 'creates in progress, for the case of an interruption; no secrets'],
  ['~/.local/state/keypair/rescued/', 'private keys that could not be saved in their place'],
  [
    '~/.local/state/keypair/trash/',
    'key files that keypair delete and keypair doctor moved away, and copies of private keys that went to stdout',
  ],
  ['~/.local/state/keypair/sandbox/', 'the key pairs of the sandbox, without private keys'],
  ['~/.cache/keypair/', 'names of key pairs for completion, compiled code of the program; you may delete it'],
];
