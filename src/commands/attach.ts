import { defineCommand } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';
import { BIND_ARGUMENTS, BIND_OPTIONS } from './bind-options.ts';

/** `keypair attach`: bind a pair to instances. */
export const attach = defineCommand({
  name: 'attach',
  unfinished: 'ask',
  summary: t`bind a key pair to instances`,
  arguments: BIND_ARGUMENTS,
  options: BIND_OPTIONS,
  examples: [
    { line: 'keypair attach -p tencent foo ins-r8hr2upy', does: t`to an instance that is stopped` },
    { line: 'keypair attach -p tencent foo ins-r8hr2upy --force-stop --wait', does: t`to one that runs` },
    {
      line: 'keypair attach -p lighthouse foo lhins-0le3kvjz --online --user ubuntu',
      does: t`without stopping it`,
    },
    { line: 'keypair attach -p aliyun foo i-bp67acfmxazb4p --yes --json', does: t`in a script` },
  ],
  run: async (session, args, flags) => {
    const { runBind } = await import('./binding.ts');
    await runBind(session, 'attach', args, flags);
  },
});
