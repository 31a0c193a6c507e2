import type { CreateFlags } from '../commands/create/create.ts';
import type { Context } from '../context.ts';
import type { Settings } from '../settings.ts';

/** The command line that does the same without a question. */
export function equivalentLine(
  { platform }: Pick<Context, 'platform'>,
  { flags: globals, sandbox, provider }: Pick<Settings, 'flags' | 'sandbox' | 'provider'>,
  region: string,
  flags: Partial<CreateFlags>,
): string {
  const words = [
    'keypair',
    'create',
    ...flag('--sandbox', sandbox),
    ...flag('--provider', provider ?? undefined),
    ...flag('--region', region),
    ...flag('--profile', globals.profile),
    ...flag('--site', globals.site),
    ...flag('--endpoint', globals.endpoint),
    ...flag('--name', flags.name),
    ...flag('--local', flags.local),
    ...flag('--type', flags.type),
    ...flag('--tag', flags.tag),
    ...flag('--project', flags.project),
    ...flag('--resource-group', flags.resourceGroup),
    ...flag('--api-version', flags.apiVersion),
    ...flag('--key-dir', flags.keyDir),
    ...flag('--output', flags.output),
    ...flag('--recreate', flags.recreate),
  ];
  return words.map((word) => quoted(word, platform)).join(' ');
}

function flag(name: string, value: boolean | string | readonly string[] | undefined): readonly string[] {
  if (value === undefined || value === false) return [];
  if (value === true) return [name];
  return typeof value === 'string' ? [name, value] : [name, ...value];
}

/**
 * A word as a shell reads it: POSIX shells, and PowerShell on Windows. Both take all between single quotes as it is;
 * a quote itself is closed and written apart in the one, doubled in the other. `~` and `=` stay bare where they mean
 * what the program makes of them.
 */
export function quoted(word: string, platform: string): string {
  if (/^(?:~\/)?[\w./:@%+=,-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", platform === 'win32' ? "''" : String.raw`'\''`)}'`;
}
