import { KeypairError } from '../errors.ts';
import type { BindOptions, Descriptor } from '../providers/types.ts';
import type { ArgumentSpec, OptionSpec } from '../cli/spec.ts';
import { checkAbility } from '../cli/validate.ts';
import { t } from '../i18n/t.ts';
import type { Direction } from '../operations/binding.ts';

/** The flags of `attach` and `detach`, as Commander names them. */
export interface BindFlags {
  readonly wait: boolean;
  readonly forceStop: boolean;
  readonly online: boolean;
  readonly user: string;
  readonly apiVersion: string;
}

/** The arguments of `attach` and `detach`, as help shows them. */
export const BIND_ARGUMENTS: readonly ArgumentSpec[] = [
  { name: 'NAME', summary: t`name or id of the key pair`, asked: true, offers: 'pairs' },
  { name: 'INSTANCE', summary: t`id of an instance`, many: true, asked: true, offers: 'instances' },
];

/** The flags of `attach` and `detach`, as help shows them. */
export const BIND_OPTIONS: readonly OptionSpec[] = [
  { flags: '--wait', summary: t`wait until it is done (not with qcloud v2)` },
  {
    flags: '--force-stop',
    summary: t`stop running instances for it, and start them again (tencent, qcloud)`,
  },
  { flags: '--online', summary: t`while the instance runs, for --user (lighthouse)` },
  { flags: '--user <name>', summary: t`user of the instance, with --online` },
  { flags: '--api-version <version>', summary: t`interface of qcloud`, values: ['2017-03-12', 'v2'] },
];

/** What of the flags is missing, for all of it to be named at once. */
export function missingFlags(flags: Partial<BindFlags>): readonly string[] {
  return flags.online === true && flags.user === undefined ? ['--user'] : [];
}

/**
 * How the flags ask for it to be done, checked against what the provider can.
 *
 * @throws KeypairError `USAGE`.
 */
export function bindOptions(
  descriptor: Descriptor,
  direction: Direction,
  flags: Partial<BindFlags>,
): BindOptions {
  const version = flags.apiVersion ?? descriptor.apiVersions[0];
  const { wait = false, forceStop = false, online = false, user } = flags;
  checkAbility(descriptor, version, 'attach', direction);
  if (wait) checkAbility(descriptor, version, 'instances', '--wait');
  if (forceStop) checkAbility(descriptor, version, 'forceStop', '--force-stop');
  if (online) checkAbility(descriptor, version, 'online', '--online');
  if (online && user === undefined)
    throw new KeypairError('USAGE', t`--online takes --user: whom of the instance the key lets in`);
  if (!online && user !== undefined) throw new KeypairError('USAGE', t`--user is for --online only`);
  if (user !== undefined && !/^[^\s\p{Cc}]+$/u.test(user))
    throw new KeypairError('USAGE', t`--user takes the name of a user`);
  return { forceStop, onlineUser: user ?? null };
}
