import type { FingerprintFlags } from './run.ts';
import { defineCommand } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

/** `keypair fingerprint`: the fingerprints of keys on disk, without a call. */
export const fingerprint = defineCommand<FingerprintFlags>({
  name: 'fingerprint',
  withoutProfile: true,
  summary: t`print the fingerprints of a key, in every dialect`,
  arguments: [{ name: 'FILE', summary: t`public or private key file; - for stdin`, many: true, asked: true }],
  options: [
    { flags: '--all', summary: t`print every dialect that clouds and tools use` },
    {
      flags: '--match <fingerprint>',
      summary: t`find the dialect in which this is the fingerprint; exit 3 if none`,
    },
  ],
  examples: [
    { line: 'keypair fingerprint ~/.ssh/foo', does: t`SHA256 and MD5, as ssh-keygen -l prints them` },
    {
      line: 'keypair fingerprint --all ~/.ssh/foo.pub',
      does: t`also as AWS, Alibaba Cloud and others print them`,
    },
    {
      line: 'keypair fingerprint --match 89:f0:ba:62:… ~/.ssh/foo',
      does: t`is this the key that the console shows?`,
    },
  ],
  run: async (session, files, flags) => {
    const { runFingerprint } = await import('./run.ts');
    await runFingerprint(session, files, flags);
  },
});
