import { CREATE_OPTIONS, type CreateFlags } from '../cli/create-options.ts';
import { GLOBAL_FLAGS, flagWords } from '../cli/spec.ts';
import type { Session } from '../cli/session.ts';
import type { Settings } from '../cli/settings.ts';
import type { CreatePlan } from '../commands/create/make-pairs.ts';
import type { Context } from '../context.ts';
import { formatFacts, t, withNote } from '../i18n/t.ts';
import { randomart } from '../keys/randomart.ts';
import type { KnownPair } from '../operations/key-pair-record.ts';
import { homeShort } from '../paths.ts';
import type { Style } from '../ui/color.ts';
import { isPlain } from '../ui/plain-prompts.ts';
import { displayWidth, padTo } from '../ui/width.ts';

/** The summary of a plan, a line for each item. */
export function formatSummary({ context, settings }: Session, plan: CreatePlan, style: Style): string {
  const { target, jobs, type, passphrase } = plan;
  const modes = passphrase === null ? '0600' : formatFacts(['0600', t`with a passphrase`]);
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
    rows.push([t`private key`, destination.handOver === null ? withNote(file, modes) : t`stdout`]);
    if (destination.handOver === null) rows.push([t`public key`, withNote(`${file}.pub`, '0644')]);
  }
  rows.push(
    [t`made`, type === null ? t`by the service` : t`on this machine: ${type}`],
    [
      t`call`,
      type === null
        ? t`CreateKeyPair, once: the response contains the private key, which is saved at once`
        : t`ImportKeyPair, once: only the public key leaves this machine`,
    ],
  );
  const width = Math.max(...rows.map(([label]) => displayWidth(label)));
  const lines = rows.map(([label, value]) => `  ${style.faint(padTo(label, width))}  ${value}\n`);
  return `\n${t`This will be done:`}\n${lines.join('')}\n`;
}

/** Prints the key's randomart and the equivalent command line on stderr, after the result. */
export function showResult(
  { context, settings }: Session,
  region: string,
  flags: CreateFlags,
  made: readonly KnownPair[],
): void {
  if (settings.quiet) return;
  // Randomart is useless to a screen reader; the result has the fingerprints.
  const seen = isPlain(context) ? [] : made;
  const pictures = seen.flatMap(({ publicKey }) => (publicKey === null ? [] : randomart(publicKey)));
  const line = equivalentLine(context, settings, region, flags);
  context.stderr.write(`${pictures.map((row) => `  ${row}\n`).join('')}\n${t`The same from a script:`}\n  ${line}\n`);
}

/** The command line that does the same without questions. */
export function equivalentLine(
  { platform }: Pick<Context, 'platform'>,
  settings: Pick<Settings, 'sandbox' | 'provider' | 'chosenProfile' | 'profile' | 'site' | 'endpoint' | 'keyDir'>,
  region: string,
  flags: CreateFlags,
): string {
  const { sandbox, provider, chosenProfile, profile, site, endpoint } = settings;
  const { keyDir = settings.keyDir } = flags;
  const words = [
    'keypair',
    'create',
    ...(sandbox ? ['--sandbox'] : []),
    ...flagWords(GLOBAL_FLAGS, {
      provider: provider ?? undefined,
      region,
      profile: chosenProfile ?? undefined,
      site: site === (profile.site ?? 'cn') ? undefined : site,
      endpoint: endpoint ?? undefined,
    }),
    ...flagWords(CREATE_OPTIONS, {
      ...flags,
      // A script cannot be asked.
      passphrase: undefined,
      passphraseStdin: flags.passphraseStdin ?? flags.passphrase,
      // Leave out the profile's value, but keep that of a variable, which another shell may not have.
      keyDir: flags.output !== undefined || keyDir === profile.keyDir ? undefined : (keyDir ?? undefined),
    }),
  ];
  return words.map((word) => quoted(word, platform)).join(' ');
}

/**
 * Quotes a word for POSIX shells, or for PowerShell on Windows. Both take single quotes literally. A quote is escaped
 * outside of them in POSIX, and doubled in PowerShell. `~` and `=` are not quoted.
 */
export function quoted(word: string, platform: string): string {
  if (/^(?:~\/)?[\w./:%+=-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", platform === 'win32' ? "''" : String.raw`'\''`)}'`;
}
