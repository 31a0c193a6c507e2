import type { Result, Session } from '../../session.ts';
import type { KeyType } from '../../keys/generate.ts';
import type { Style } from '../../ui/color.ts';
import type { Job } from './place.ts';
import type { Target } from '../target.ts';

/** What `--dry-run` shows of one pair. */
export function planResult(
  session: Session,
  target: Target,
  { request, destination }: Job,
  localType: KeyType | null,
  style: Style,
): Result {
  const file = destination.handOver === null ? destination.file : null;
  const plan = {
    dryRun: true,
    provider: target.descriptor.id,
    region: target.region,
    endpoint: target.endpoint.origin,
    name: request.name,
    tags: request.tags,
    credentials: target.credentials?.source ?? 'sandbox',
    local: localType,
    privateKeyPath: file,
    publicKeyPath: file === null ? null : `${file}.pub`,
    sandbox: session.settings.sandbox,
  };
  const rows: readonly (readonly [string, string | null])[] = [
    ['provider', `${plan.provider}, ${plan.region}${plan.sandbox ? ' (sandbox)' : ''}`],
    ['endpoint', plan.endpoint],
    ['credentials', plan.credentials],
    ['made here', localType],
    ['private key', file ?? 'stdout'],
  ];
  const lines = rows.flatMap(([label, value]) =>
    value === null ? [] : [`  ${style.faint(label.padEnd(14))}${value}\n`],
  );
  return {
    json: plan,
    text: `would create ${style.strong(request.name)}\n${lines.join('')}`,
    quiet: file ?? request.name,
  };
}
