import type { UpdateFlags } from './change.ts';
import { defineCommand } from '../../cli/spec.ts';
import { t } from '../../i18n/t.ts';

/** `keypair update`: change what a service lets change of a pair. */
export const update = defineCommand<UpdateFlags>({
  name: 'update',
  unfinished: 'ask',
  summary: t`change the name, the description or the tags of a key pair`,
  arguments: [{ name: 'NAME', summary: t`name or id of the key pair`, asked: true, offers: 'pairs' }],
  options: [
    { flags: '--rename <name>', summary: t`new name in the cloud (tencent, qcloud); key files keep theirs` },
    { flags: '--description <text>', summary: t`new description (tencent, qcloud)`, mayBeEmpty: true },
    { flags: '--tag <k=v>', summary: t`tag to set, or to set anew (aliyun)`, again: true },
    { flags: '--remove-tag <k>', summary: t`tag to take away (aliyun)`, again: true },
    { flags: '--api-version <version>', summary: t`interface of qcloud`, values: ['2017-03-12', 'v2'] },
    { flags: '--key-dir <dir>', summary: t`where the key files are (default: ~/.ssh)` },
  ],
  examples: [
    { line: 'keypair update -p tencent foo --rename bar', does: t`a new name; the id stays` },
    { line: "keypair update -p tencent foo --description 'web servers'", does: t`what it is for` },
    { line: 'keypair update -p aliyun foo --tag env=prod --remove-tag owner', does: t`tags` },
  ],
  run: async (session, [name], flags) => {
    const { runUpdate } = await import('./run.ts');
    await runUpdate(session, name ?? null, flags);
  },
});
