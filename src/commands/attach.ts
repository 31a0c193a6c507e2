import { type ArgumentSpec, defineCommand, DRY_RUN_OPTION, type OptionSpec } from '../cli/spec.ts';
import type { Session } from '../cli/session.ts';
import { t } from '../i18n/t.ts';
import type { Plan, ShowBinding } from '../operations/attach.ts';
import type { Direction } from '../operations/binding.ts';

/** The arguments of `attach` and `detach`, as help shows them. */
const BIND_ARGUMENTS: readonly ArgumentSpec[] = [
  { name: 'NAME', summary: t`name or id of the key pair`, asked: true, offers: 'pairs' },
  { name: 'INSTANCE', summary: t`id, name or address of an instance`, many: true, asked: true, offers: 'instances' },
];

/** The flags of `attach` and `detach`, as help shows them. */
const BIND_OPTIONS = [
  { flags: '--wait', summary: t`wait until it is done (not with qcloud v2)` },
  {
    flags: '--force-stop',
    summary: t`stop running instances for it, and start them again (tencent, qcloud)`,
  },
  { flags: '--online', summary: t`while the instance runs, for --user (lighthouse)` },
  { flags: '--user <name>', summary: t`user of the instance, with --online` },
  { flags: '--api-version <version>', summary: t`API version (qcloud only)`, values: ['2017-03-12', 'v2'] },
  DRY_RUN_OPTION,
] as const satisfies readonly OptionSpec[];

/** `keypair attach`: bind a pair to instances. */
export const attach = defineCommand({
  name: 'attach',
  unfinished: 'ask',
  summary: t`bind a key pair to instances`,
  changes: ['the cloud', 'instances'],
  result: async () => (await import('./results/pairs.ts')).attached,
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
    const { bindToInstances } = await import('../operations/attach.ts');
    await bindToInstances(session, 'attach', args, flags, showBinding(session, 'attach'));
  },
});

/** `keypair detach`: unbind a pair from instances. */
export const detach = defineCommand({
  name: 'detach',
  unfinished: 'ask',
  summary: t`detach a key pair from instances`,
  changes: ['the cloud', 'instances'],
  result: async () => (await import('./results/pairs.ts')).detached,
  arguments: BIND_ARGUMENTS,
  options: BIND_OPTIONS,
  examples: [
    { line: 'keypair detach -p tencent foo ins-r8hr2upy', does: t`from an instance that is stopped` },
    { line: 'keypair detach -p lighthouse foo lhins-0le3kvjz --wait', does: t`and wait until it is done` },
    { line: 'keypair detach -p aliyun foo i-bp67acfmxazb4p --yes --json', does: t`in a script` },
  ],
  run: async (session, args, flags) => {
    const { bindToInstances } = await import('../operations/attach.ts');
    await bindToInstances(session, 'detach', args, flags, showBinding(session, 'detach'));
  },
});

/** The JSON field that is true when it is done, and the texts while it is in progress, when it is done, and in a dry run. */
const TEXTS = {
  attach: {
    field: 'attached',
    doing: (pair, instance) => t`attaching ${pair} to ${instance}`,
    done: (pair, instance) => t`attached ${pair} to ${instance}`,
    change: (pair, instance) => t`would attach ${pair} to ${instance}`,
    'no change': (pair, instance) => t`would attach ${pair} to ${instance}, which it is bound to already`,
  },
  detach: {
    field: 'detached',
    doing: (pair, instance) => t`detaching ${pair} from ${instance}`,
    done: (pair, instance) => t`detached ${pair} from ${instance}`,
    change: (pair, instance) => t`would detach ${pair} from ${instance}`,
    'no change': (pair, instance) => t`${pair} is not bound to ${instance}: nothing would be changed`,
  },
} satisfies Record<
  Direction,
  Record<'doing' | 'done' | Plan, (pair: string, instance: string) => string> & { field: string }
>;

/**
 * Prints one instance. `attached` or `detached` is true when the service shows it as done, false while it is in
 * progress, and null if unknown, and in a dry run.
 */
function showBinding(session: Session, direction: Direction): ShowBinding {
  const texts = TEXTS[direction];
  return ({ descriptor, region }, { name, id }, { instance, seen, progress }, plan) => {
    session.result({
      json: {
        ...(plan === undefined ? {} : { dryRun: true }),
        provider: descriptor.id,
        region,
        name,
        id,
        instance,
        [texts.field]: plan !== undefined || progress === 'unknown' ? null : progress === 'done',
        state: seen?.state ?? null,
        operation: seen?.operation ?? null,
        sandbox: session.settings.sandbox,
      },
      text: `${texts[plan ?? (progress === 'done' ? 'done' : 'doing')](name, instance)}\n`,
      quiet: instance,
    });
  };
}
