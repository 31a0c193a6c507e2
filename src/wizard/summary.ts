import type { CreatePlan } from '../commands/create/run.ts';
import { homeShort } from '../paths.ts';
import { withNote, formatFacts } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import type { Session } from '../cli/session.ts';
import type { Style } from '../ui/color.ts';
import { displayWidth, padTo } from '../ui/width.ts';

/** What exactly will be done, for people: a line for each thing, nothing left out. */
export function summary({ context, settings }: Session, plan: CreatePlan, style: Style): string {
  const { target, jobs, type } = plan;
  const { descriptor, region, endpoint, credentials } = target;
  const rows: (readonly [string, string])[] = [
    [t`provider`, formatFacts([withNote(descriptor.title, descriptor.id), region])],
    [t`credentials`, credentials?.source ?? t`those of the sandbox: no account is touched`],
    [t`endpoint`, settings.sandbox ? t`the sandbox on this machine` : endpoint.origin],
  ];
  for (const { request, destination } of jobs) {
    const file = homeShort(context.home, destination.file);
    const tags = Object.entries(request.tags).map(([key, value]) => `${key}=${value}`);
    rows.push([t`name`, style.strong(request.name)]);
    if (tags.length > 0) rows.push([t`tags`, tags.join(' ')]);
    if (descriptor.abilities.project !== false && request.projectId !== 0)
      rows.push([t`project`, String(request.projectId)]);
    if (request.resourceGroupId !== null) rows.push([t`resource group`, request.resourceGroupId]);
    rows.push([t`private key`, destination.handOver === null ? withNote(file, '0600') : t`stdout`]);
    if (destination.handOver === null) rows.push([t`public key`, withNote(`${file}.pub`, '0644')]);
  }
  rows.push(
    [t`made`, type === null ? t`by the service` : t`on this machine: ${type}`],
    [
      t`call`,
      type === null
        ? t`CreateKeyPair, once: the answer brings the private key, which is saved at once`
        : t`ImportKeyPair, once: only the public half leaves this machine`,
    ],
  );
  const width = Math.max(...rows.map(([label]) => displayWidth(label)));
  const lines = rows.map(([label, value]) => `  ${style.faint(padTo(label, width))}  ${value}\n`);
  return `\n${t`This will be done:`}\n${lines.join('')}\n`;
}
