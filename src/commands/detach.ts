import { defineCommand } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';
import { BIND_ARGUMENTS, BIND_OPTIONS } from './bind-options.ts';

/** `keypair detach`: take a pair from instances. */
export const detach = defineCommand({
  name: 'detach',
  unfinished: 'ask',
  summary: t`detach a key pair from instances`,
  arguments: BIND_ARGUMENTS,
  options: BIND_OPTIONS,
  examples: [
    { line: 'keypair detach -p tencent foo ins-r8hr2upy', does: t`from an instance that is stopped` },
    { line: 'keypair detach -p lighthouse foo lhins-0le3kvjz --wait', does: t`and wait until it is done` },
    { line: 'keypair detach -p aliyun foo i-bp67acfmxazb4p --yes --json', does: t`in a script` },
  ],
  run: async (session, args, flags) => {
    const { runBind } = await import('./binding.ts');
    await runBind(session, 'detach', args, flags);
  },
});
