import { hostname } from 'node:os';
import { type Intent, ownerOf } from '../../src/storage/intent.ts';

/** What a create notes of itself: of foo, by some process on some machine. */
export const INTENT: Intent = {
  action: 'create',
  startedAt: '2026-11-21T10:00:00.000Z',
  latestMs: 150_000,
  pid: 7,
  host: '0123456789abcdef',
  startTime: '123456',
  provider: 'tencent',
  region: 'ap-guangzhou',
  endpoint: 'https://cvm.tencentcloudapi.com',
  apiVersion: '2017-03-12',
  profile: null,
  signer: null,
  sandbox: false,
  name: 'foo',
  tags: {},
  projectId: 0,
  resourceGroupId: null,
  temporaryFile: '/home/u/.ssh/.foo.0123456789ab.keypair',
  privateKeyFile: '/home/u/.ssh/foo',
  passphrase: false,
  keyLost: false,
  pairId: null,
};

/** No process has this number. */
const DEAD = 4_190_000;

/**
 * The journal entry, as text, that a create of foo has left which was killed on this machine just now. Whose requests
 * they were is not in it.
 */
export function entryText(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    version: 2,
    ...INTENT,
    signer: undefined,
    startedAt: new Date().toISOString(),
    ...ownerOf({ pid: DEAD, host: hostname() }),
    ...fields,
  });
}
