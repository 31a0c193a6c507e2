import { defineCommand, DRY_RUN_OPTION } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';

/** `keypair export`: writes a key of this machine in another format. Calls nothing. */
export const exportCommand = defineCommand({
  name: 'export',
  summary: t`write a key of this machine in another format`,
  changes: ['this machine'],
  result: async () => (await import('./results/machine.ts')).exported,
  arguments: [
    {
      name: 'NAME',
      summary: t`name of a key pair whose key is here, or a key FILE; - for stdin`,
      asked: true,
      offers: 'pairs-or-files',
    },
  ],
  options: [
    {
      flags: '--format <format>',
      summary: t`openssh, pem (PKCS#1 or SEC1), pkcs8, ppk (PuTTY), or public: the public key`,
      values: ['openssh', 'pem', 'pkcs8', 'ppk', 'public'],
      refused: [],
    },
    { flags: '--output <file>', summary: t`the new file, or - for stdout (default: beside the key)` },
    {
      flags: '--ppk-version <version>',
      summary: t`version of a ppk file (default: 3); PuTTY before 0.75 reads 2`,
      default: '3',
      values: ['3', '2'],
      refused: [],
    },
    {
      flags: '--passphrase',
      summary: t`ask for a passphrase for the new file (openssh, ppk 3); a key that has one keeps it`,
    },
    {
      flags: '--passphrase-stdin',
      summary: t`read the passphrase of the key, or a new one if it has none, from stdin`,
    },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
    DRY_RUN_OPTION,
  ],
  examples: [
    { line: 'keypair export foo --format ppk', does: t`~/.ssh/foo.ppk, for PuTTY and WinSCP` },
    { line: 'keypair export foo.ppk --format openssh --output ~/.ssh/foo', does: t`from PuTTY, for ssh` },
    { line: 'keypair export foo --format pkcs8 --output - --yes | age -r age1… > foo.age', does: t`in a script` },
  ],
  run: async (session, [name = null], flags) => {
    const { exportKey } = await import('../operations/export-key.ts');
    const done = await exportKey(session, name, flags);
    // The key itself went to stdout.
    if (done === null) return;
    const shown = printable(done.file);
    session.result({
      json: done,
      text: `${done.dryRun ? t`would write ${shown}` : t`wrote ${shown}`}\n`,
      quiet: done.file,
    });
  },
});
