import { defineCommand, DRY_RUN_OPTION } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';

/** `keypair passphrase`: sets, changes or removes the passphrase of a key of this machine. Calls nothing. */
export const passphrase = defineCommand({
  name: 'passphrase',
  summary: t`set, change or remove the passphrase of a key of this machine`,
  changes: ['this machine'],
  result: async () => (await import('./results/machine.ts')).passphraseChanged,
  arguments: [
    {
      name: 'NAME',
      summary: t`name of a key pair whose key is here, or a key FILE`,
      asked: true,
      offers: 'pairs-or-files',
    },
  ],
  options: [
    { flags: '--remove', summary: t`remove it` },
    {
      flags: '--passphrase-stdin',
      summary: t`read the present passphrase, if there is one, and then the new one from stdin, one a line`,
    },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)`, default: '~/.ssh' },
    DRY_RUN_OPTION,
  ],
  examples: [
    { line: 'keypair passphrase foo', does: t`ask for the passphrase, and write ~/.ssh/foo anew with it` },
    { line: 'keypair passphrase foo --remove', does: t`ask for the present one, and write the key without it` },
    {
      line: 'pass show foo | keypair passphrase foo --passphrase-stdin',
      does: t`in a script: a key that has none yet`,
    },
  ],
  run: async (session, [name = null], flags) => {
    const { changePassphrase } = await import('../operations/change-passphrase.ts');
    const done = await changePassphrase(session, name, flags);
    session.result({ json: done, text: `${messageOf(done)}\n`, quiet: done.file });
  },
});

function messageOf({
  file,
  encrypted,
  wasEncrypted,
  dryRun,
}: Readonly<Record<'encrypted' | 'wasEncrypted' | 'dryRun', boolean>> & { readonly file: string }): string {
  const shown = printable(file);
  if (!encrypted && !wasEncrypted) return t`${shown} has no passphrase`;
  if (!encrypted) return dryRun ? t`would remove the passphrase of ${shown}` : t`removed the passphrase of ${shown}`;
  if (!wasEncrypted) return dryRun ? t`would set the passphrase of ${shown}` : t`set the passphrase of ${shown}`;
  return dryRun ? t`would change the passphrase of ${shown}` : t`changed the passphrase of ${shown}`;
}
