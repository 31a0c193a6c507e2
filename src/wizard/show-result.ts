import type { CreateFlags } from '../cli/create-options.ts';
import type { KnownPair } from '../operations/key-pair-record.ts';
import { randomart } from '../keys/randomart.ts';
import { t } from '../i18n/t.ts';
import type { Session } from '../cli/session.ts';
import { isPlain } from '../ui/plain-prompts.ts';
import { equivalentLine } from './command-line.ts';

/** After the result: the picture of the key, and how a script does the same. All of it on stderr. */
export function showMade(
  { context, settings }: Session,
  region: string,
  flags: CreateFlags,
  made: readonly KnownPair[],
): void {
  if (settings.quiet) return;
  // Where lines are read out, a picture is noise; the fingerprints stand in the result.
  const seen = isPlain(context) ? [] : made;
  const pictures = seen.flatMap(({ publicKey }) => (publicKey === null ? [] : randomart(publicKey)));
  const line = equivalentLine(context, settings, region, flags);
  context.stderr.write(
    `${pictures.map((row) => `  ${row}\n`).join('')}\n${t`The same from a script:`}\n  ${line}\n`,
  );
}
