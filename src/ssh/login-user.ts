import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Vendor } from '../providers/credentials.ts';
import type { Instance } from '../providers/types.ts';
import { printable } from '../sanitize.ts';

/**
 * The user to log in to an instance as: what the service tells, else what the vendor documents for its images.
 *
 * @param bound the user that the key is bound for, if the service tells.
 * @throws KeypairError `USAGE` if the service's text is no user name: it would become a part of a command line.
 */
export function loginUser(vendor: Vendor, { id, system, loginUser: told }: Instance, bound: string | null): string {
  const user = bound ?? told ?? documentedUser(vendor, system);
  if (/^[a-z_][a-z0-9_.-]{0,31}$/.test(user)) return user;
  throw new KeypairError(
    'USAGE',
    t`the service names a login user of ${id} that is no user name: ${printable(user, 60)}`,
    {
      hints: [t`name one yourself with --user`],
    },
  );
}

/**
 * Tencent's images of Ubuntu have the user `ubuntu`, its other Linux images `root`
 * (cloud.tencent.com/document/product/1207/44569). Alibaba's have `root` unless `ecs-user` was chosen, and ECS tells
 * that (help.aliyun.com/zh/ecs/user-guide/instance-logon-credential-management). Simple Application Server has `root`
 * (alibabacloud.com/help/en/simple-application-server/user-guide/manage-the-password-of-a-server).
 */
function documentedUser(vendor: Vendor, system: string | null): string {
  return vendor === 'tencent' && /ubuntu/i.test(system ?? '') ? 'ubuntu' : 'root';
}

/**
 * Checks a user name of `--user`. Unlike a service's, it may have capital letters and the `@` of a domain.
 *
 * @throws KeypairError `USAGE`.
 */
export function checkUser(user: string): void {
  if (/^\w[\w.@+-]{0,63}$/.test(user)) return;
  throw new KeypairError('USAGE', t`--user takes a user name, such as ubuntu`);
}
