import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Secret } from '../../src/secret.ts';
import { parsePrivateKey } from '../../src/keys/private-key.ts';
import { formatPublicKey } from '../../src/keys/public-key.ts';
import type { Service } from '../../sandbox/behaviour.ts';

/** A command that makes the pair `foo`, or touches its files. */
export interface Scenario {
  readonly title: string;
  readonly args: readonly string[];
  readonly service: Service;
  readonly region: string;
  /** `cloud` makes the private key, or `here` does. */
  readonly made: 'cloud' | 'here';
  /** Whether what came is published in another form, so that two files are written. */
  readonly normalised: boolean;
  /** The passphrase of the key, on stdin; without one the key has none. */
  readonly passphrase?: string;
  /** What is injected all the time: `link:error=EPERM` is a file system without hard links. */
  readonly always?: readonly string[];
}

const CVM = { service: 'cvm', region: 'ap-guangzhou' } as const;
const ECS = { service: 'ecs', region: 'cn-hangzhou' } as const;

/** The command that the whole matrix is about. */
export const CREATE: Scenario = {
  ...CVM,
  title: 'create',
  args: ['create', '-p', 'tencent', '--name', 'foo', '-q'],
  made: 'cloud',
  normalised: false,
};

/** What else saves a private key. */
export const OTHERS: readonly Scenario[] = [
  {
    ...ECS,
    title: 'create, normalised',
    args: ['create', '-p', 'aliyun', '--name', 'foo', '-q'],
    made: 'cloud',
    normalised: true,
  },
  {
    ...CVM,
    title: 'create --local',
    args: ['create', '-p', 'tencent', '--local', '--name', 'foo', '--type', 'rsa-2048', '-q'],
    made: 'here',
    normalised: false,
  },
  {
    ...CVM,
    title: 'ensure',
    args: ['ensure', '-p', 'tencent', '--name', 'foo', '-q'],
    made: 'cloud',
    normalised: false,
  },
];

/** A private key that is to have a passphrase. */
export const WITH_PASSPHRASE: readonly Scenario[] = [CREATE, OTHERS[1] ?? CREATE].map((scenario) => ({
  ...scenario,
  title: `${scenario.title} --passphrase`,
  args: [...scenario.args, '--passphrase-stdin'],
  passphrase: 'open sesame',
  normalised: scenario.made === 'cloud',
}));

/** The same on a file system without hard links, where a name is claimed with an empty file first. */
export const WITHOUT_LINKS: readonly Scenario[] = [CREATE, ...OTHERS.slice(0, 1)].map((scenario) => ({
  ...scenario,
  title: `${scenario.title}, without hard links`,
  always: ['link:error=EPERM'],
}));

/** Commands that find the pair `foo` in `~/.ssh`, and save none. */
export const DELETE: Scenario = {
  ...CREATE,
  title: 'delete --local-files',
  args: ['delete', '-p', 'tencent', 'foo', '--local-files', '--yes', '-q'],
};
export const IMPORT: Scenario = {
  ...CREATE,
  title: 'import --from-private',
  args: ['import', '-p', 'tencent', '--name', 'foo', '--from-private', '.ssh/foo', '-q'],
};

/** A key pair that is on the disk before a command begins. */
export interface Present {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes a pair. */
export function makePair(): Present {
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privateKey = key.export({ type: 'pkcs1', format: 'pem' }).toString();
  return {
    privateKey,
    publicKey: `${formatPublicKey(parsePrivateKey(new Secret(privateKey)).publicKey, 'foo')}\n`,
  };
}

/** Puts a pair into `~/.ssh`, as `foo`. */
export function placePair(home: string, { privateKey, publicKey }: Present): void {
  mkdirSync(path.join(home, '.ssh'), { mode: 0o700 });
  writeFileSync(path.join(home, '.ssh/foo'), privateKey, { mode: 0o600 });
  writeFileSync(path.join(home, '.ssh/foo.pub'), publicKey, { mode: 0o644 });
}
