import { configFile, exposure, loadProfile, profileNames, readConfigFile } from '../../../config/load.ts';
import { KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import { printable } from '../../../sanitize.ts';
import { UnsafeDirectory } from '../../../storage/permissions.ts';
import { unaskedRegion } from '../../../connection/region.ts';
import { type Finding, finding } from '../finding.ts';
import type { Check, CheckInput } from '../input.ts';
import { providersMeant } from '../../../cli/ask-provider.ts';
import { shellWord } from '../../../shell-quote.ts';
import { changeMode } from '../mend.ts';
import { refused } from './key-directory.ts';

/** Whether the configuration can be read, every profile of it, and by its owner only. */
export const config: Check = {
  id: 'config',
  title: t`configuration`,
  calls: false,
  run: async (input) => {
    const { session, brokenProfile } = input;
    const { context } = session;
    const file = configFile(context);
    const shown = printable(file);
    const wrong: Finding[] = brokenProfile === null ? [] : [problem(file, brokenProfile)];
    for (const error of await brokenRegions(input)) wrong.push(problem(null, error));
    const add = (error: unknown): void => {
      const known = usage(error);
      // The profile that was to be used is told of already.
      if (known.message !== brokenProfile?.message) wrong.push(problem(file, known));
    };
    try {
      const found = await readConfigFile(file, context);
      if (found === null) return wrong.length > 0 ? wrong : [finding('ok', t`there is none: defaults hold`)];
      if (exposure(file, found, context.platform) !== null) wrong.push(open(file, found.mode));
      for (const name of await profileNames(context)) {
        await loadProfile(context, name, () => undefined).catch(add);
      }
    } catch (error) {
      add(error);
    }
    return wrong.length > 0 ? wrong : [finding('ok', t`${shown} can be read, and by you alone`)];
  },
};

/** Why the vendors' own files do not tell the region, where it is theirs to tell: one error a file. */
export async function brokenRegions({ session, asked }: CheckInput): Promise<readonly KeypairError[]> {
  const { settings } = session;
  const broken = new Map<string, KeypairError>();
  if (settings.region !== null) return [];
  for (const descriptor of providersMeant({ provider: asked, named: settings.named })) {
    await unaskedRegion(session, descriptor).catch((error: unknown) => {
      const known = usage(error);
      broken.set(known.message, known);
    });
  }
  return [...broken.values()];
}

function usage(error: unknown): KeypairError {
  if (error instanceof KeypairError && error.code !== 'CANCELLED') return error;
  throw error;
}

function problem(file: string | null, error: KeypairError): Finding {
  if (error instanceof UnsafeDirectory) return refused(error, file ?? error.directory, null);
  const { message, hints } = error;
  return finding('problem', printable(message), {
    hints: hints.map((hint) => printable(hint)),
    file,
  });
}

function open(file: string, mode: number): Finding {
  const shown = printable(file);
  const message = (mode & 0o022) === 0 ? t`others may read ${shown}` : t`others may change ${shown}`;
  return finding('problem', message, {
    file,
    fixes: [
      {
        title: t`chmod 600 ${shellWord(file)}`,
        consent: 'nobody',
        apply: () => changeMode(file, 0o600),
      },
    ],
  });
}
