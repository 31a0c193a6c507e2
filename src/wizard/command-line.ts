import type { CreateFlags } from '../commands/create/create.ts';
import type { Context } from '../context.ts';
import type { Settings } from '../cli/settings.ts';

/** The command line that does the same without a question. */
export function equivalentLine(
  { platform }: Pick<Context, 'platform'>,
  settings: Pick<
    Settings,
    'sandbox' | 'provider' | 'chosenProfile' | 'profile' | 'site' | 'endpoint' | 'keyDir'
  >,
  region: string,
  flags: CreateFlags,
): string {
  const { sandbox, provider, chosenProfile, profile, site, endpoint } = settings;
  const { output, keyDir = settings.keyDir } = flags;
  const words = [
    'keypair',
    'create',
    ...flag('--sandbox', sandbox),
    ...flag('--provider', provider ?? undefined),
    ...flag('--region', region),
    ...flag('--profile', chosenProfile ?? undefined),
    ...flag('--site', site === (profile.site ?? 'cn') ? undefined : site),
    ...flag('--endpoint', endpoint ?? undefined),
    ...flag('--name', flags.name),
    ...flag('--local', flags.local),
    ...flag('--type', flags.type),
    ...flag('--tag', flags.tag),
    ...flag('--project', flags.project),
    ...flag('--resource-group', flags.resourceGroup),
    ...flag('--api-version', flags.apiVersion),
    // The profile says it again; a variable of this shell may not.
    ...flag(
      '--key-dir',
      output !== undefined || keyDir === profile.keyDir ? undefined : (keyDir ?? undefined),
    ),
    ...flag('--output', output),
    ...flag('--no-copy', flags.copy === false),
    ...flag('--recreate', flags.recreate),
  ];
  return words.map((word) => quoted(word, platform)).join(' ');
}

function flag(name: string, value: boolean | string | readonly string[] | undefined): readonly string[] {
  if (value === undefined || value === false) return [];
  if (value === true) return [name];
  // A flag for each: after another value, one that begins with a hyphen would be a flag itself.
  return [value].flat().flatMap((one) => [name, one]);
}

/**
 * A word as a shell reads it: POSIX shells, and PowerShell on Windows. Both take all between single quotes as it is;
 * a quote itself is closed and written apart in the one, doubled in the other. `~` and `=` stay bare where they mean
 * what the program makes of them.
 */
export function quoted(word: string, platform: string): string {
  if (/^(?:~\/)?[\w./:%+=-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", platform === 'win32' ? "''" : String.raw`'\''`)}'`;
}
