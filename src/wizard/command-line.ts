import { CREATE_OPTIONS, type CreateFlags } from '../cli/create-options.ts';
import type { Settings } from '../cli/settings.ts';
import { flagWords, GLOBAL_FLAGS } from '../cli/spec.ts';
import type { Context } from '../context.ts';

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
      // The profile says it again; a variable of this shell may not.
      keyDir: flags.output !== undefined || keyDir === profile.keyDir ? undefined : (keyDir ?? undefined),
    }),
  ];
  return words.map((word) => quoted(word, platform)).join(' ');
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
