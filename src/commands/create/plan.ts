import { together } from '../../i18n/phrases.ts';
import { t } from '../../i18n/t.ts';
import type { Result, Session } from '../../cli/session.ts';
import type { KeyType } from '../../keys/generate.ts';
import type { Style } from '../../ui/color.ts';
import { type Row, rowLines } from '../../ui/table.ts';
import type { Job } from '../../operations/reservation.ts';
import type { Target } from '../../connection/target.ts';
import { printable } from '../../sanitize.ts';

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
    projectId: target.descriptor.abilities.project === false ? null : request.projectId,
    resourceGroupId: request.resourceGroupId,
    credentials: target.credentials?.source ?? 'sandbox',
    local: localType,
    privateKeyPath: file,
    publicKeyPath: file === null ? null : `${file}.pub`,
    sandbox: session.settings.sandbox,
  };
  const tags = Object.entries(request.tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
  const where = together([plan.provider, plan.region]);
  const rows: readonly Row[] = [
    [t`provider`, plan.sandbox ? t`${where} (sandbox)` : where],
    [t`endpoint`, plan.sandbox ? t`the sandbox on this machine` : plan.endpoint],
    [t`credentials`, target.credentials === null ? t`sandbox` : plan.credentials],
    [t`made here`, localType],
    [t`tags`, tags === '' ? null : tags],
    [t`project`, plan.projectId === null || plan.projectId === 0 ? null : String(plan.projectId)],
    [t`resource group`, plan.resourceGroupId],
    [t`private key`, file === null ? t`stdout` : printable(file, Infinity)],
  ];
  return {
    json: plan,
    text: `${t`would create ${style.strong(request.name)}`}\n${rowLines(rows, style)}`,
    quiet: file ?? request.name,
  };
}
