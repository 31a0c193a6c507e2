import type { ShowFlags } from './run.ts';
import { defineCommand } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

/** `keypair show`: everything that is known of one pair. */
export const show = defineCommand<ShowFlags>({
  name: 'show',
  unfinished: 'ask',
  summary: t`show all that is known of one key pair`,
  arguments: [
    {
      name: 'NAME',
      summary: t`name, id or fingerprint of the pair, or a FILE with either half of it`,
      asked: true,
      offers: 'pairs-or-files',
    },
  ],
  all: ['providers', 'regions'],
  options: [
    { flags: '--api-version <version>', summary: t`interface of qcloud`, values: ['2017-03-12', 'v2'] },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)` },
  ],
  examples: [
    { line: 'keypair show -p tencent foo', does: t`by name` },
    { line: 'keypair show -p tencent skey-mv9yzyjj --json', does: t`by id, in a script` },
    { line: 'keypair show -p all -r all ~/.ssh/web.pub', does: t`which pair in the cloud is this key?` },
  ],
  run: async (session, [name], flags) => {
    const { runShow } = await import('./run.ts');
    await runShow(session, name ?? null, flags);
  },
});
