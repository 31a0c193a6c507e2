import { BIND_ARGUMENTS, BIND_OPTIONS, type BindFlags } from './binding-flags.ts';
import { defineCommand } from '../cli/spec.ts';

/** `keypair attach`: bind a pair to instances. */
export const attach = defineCommand<BindFlags>({
  name: 'attach',
  unfinished: 'ask',
  summary: 'bind a key pair to instances',
  arguments: BIND_ARGUMENTS,
  options: BIND_OPTIONS,
  examples: [
    { line: 'keypair attach -p tencent foo ins-r8hr2upy', does: 'to an instance that is stopped' },
    { line: 'keypair attach -p tencent foo ins-r8hr2upy --force-stop --wait', does: 'to one that runs' },
    {
      line: 'keypair attach -p lighthouse foo lhins-0le3kvjz --online --user ubuntu',
      does: 'without stopping it',
    },
    { line: 'keypair attach -p aliyun foo i-bp67acfmxazb4p --yes --json', does: 'in a script' },
  ],
  run: async (session, [name, ...instances], flags) => {
    const { runBind } = await import('./binding.ts');
    await runBind(session, 'attach', { name: name ?? null, instances }, flags);
  },
});
