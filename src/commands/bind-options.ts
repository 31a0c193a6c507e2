import type { ArgumentSpec, FlagsOf, OptionSpec } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';

/** The arguments of `attach` and `detach`, as help shows them. */
export const BIND_ARGUMENTS: readonly ArgumentSpec[] = [
  { name: 'NAME', summary: t`name or id of the key pair`, asked: true, offers: 'pairs' },
  { name: 'INSTANCE', summary: t`id of an instance`, many: true, asked: true, offers: 'instances' },
];

/** The flags of `attach` and `detach`, as help shows them. */
export const BIND_OPTIONS = [
  { flags: '--wait', summary: t`wait until it is done (not with qcloud v2)` },
  {
    flags: '--force-stop',
    summary: t`stop running instances for it, and start them again (tencent, qcloud)`,
  },
  { flags: '--online', summary: t`while the instance runs, for --user (lighthouse)` },
  { flags: '--user <name>', summary: t`user of the instance, with --online` },
  { flags: '--api-version <version>', summary: t`interface of qcloud`, values: ['2017-03-12', 'v2'] },
] as const satisfies readonly OptionSpec[];

/** What {@link BIND_OPTIONS} come to. */
export type BindFlags = FlagsOf<typeof BIND_OPTIONS>;
