import { stat } from 'node:fs/promises';
import path from 'node:path';
import { providersToAsk } from '../../../cli/ask-provider.ts';
import { configFile, exposure, loadProfile, profileNames, readConfigFile } from '../../../config/load.ts';
import { resolveDefaultRegion } from '../../../connection/region.ts';
import { KeypairError } from '../../../errors.ts';
import { t } from '../../../i18n/t.ts';
import { cacheDirectory, configDirectory, journalDirectory, stateDirectory } from '../../../paths.ts';
import { printable } from '../../../sanitize.ts';
import { isTaken } from '../../../storage/fs.ts';
import { JOURNAL_HINT } from '../../../storage/journal.ts';
import { PermissionsError } from '../../../storage/permissions.ts';
import { tryKeyDirectory, tryOwnDirectory } from '../../../storage/trial.ts';
import { type Check, type CheckInput, type Finding, finding, problemFrom } from '../finding.ts';
import { changeMode, octal } from '../fix.ts';

/** Whether the configuration and all of its profiles can be read, by their owner only. */
export const config: Check = {
  id: 'config',
  title: t`configuration`,
  calls: false,
  run: async (input) => {
    const { session, brokenProfile } = input;
    const { context } = session;
    const file = configFile(context);
    const shown = printable(file);
    const wrong: Finding[] = brokenProfile === null ? [] : [refused(brokenProfile, file)];
    for (const error of await brokenRegions(input)) wrong.push(refused(error, null));
    const add = (error: unknown): void => {
      const known = usage(error);
      // The profile in use is already reported.
      if (known.message !== brokenProfile?.message) wrong.push(refused(known, file));
    };
    try {
      const found = await readConfigFile(file, context);
      if (found === null) return wrong.length > 0 ? wrong : [finding('ok', t`no file: defaults apply`)];
      if (exposure(file, found, context.platform) !== null) {
        const isWritable = (found.mode & 0o022) !== 0;
        const message = isWritable ? t`others may change ${shown}` : t`others may read ${shown}`;
        wrong.push(finding('problem', message, { file, fixes: [changeMode(file, 0o600)] }));
      }
      for (const name of await profileNames(context)) {
        await loadProfile(context, name, () => undefined).catch(add);
      }
    } catch (error) {
      add(error);
    }
    return wrong.length > 0 ? wrong : [finding('ok', t`${shown} is readable only by you`)];
  },
};

/** The errors of vendors' own files that should provide the region, one for each file. */
export async function brokenRegions({ session, asked }: CheckInput): Promise<readonly KeypairError[]> {
  const { settings } = session;
  const broken = new Map<string, KeypairError>();
  if (settings.region !== null) return [];
  for (const descriptor of providersToAsk({ provider: asked, named: settings.named })) {
    await resolveDefaultRegion(session, descriptor).catch((error: unknown) => {
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

/** Whether `create` can save a key in the key directory, and nobody else can add or remove files there. */
export const keyDirectory: Check = {
  id: 'key-directory',
  title: t`key directory`,
  calls: false,
  run: async ({ session: { context }, keyDirectory: file }) => {
    const shown = printable(file);
    const found = await stat(file).catch(() => null);
    if (found?.isDirectory() === false) {
      const hints = [t`move it away, or choose another place with --key-dir or KEYPAIR_KEY_DIR`];
      return [finding('problem', t`${shown} is not a directory`, { file, hints })];
    }
    const mode = context.platform === 'win32' ? 0o700 : (found?.mode ?? 0o700) & 0o7777;
    // ~/.ssh is always private; another directory may be shared on purpose.
    const usual = file === path.join(context.home, '.ssh');
    if ((mode & 0o700) !== 0o700) {
      const message = t`${shown} is closed to you as well (${octal(mode)})`;
      return [finding('problem', message, { file, fixes: [changeMode(file, mode | 0o700)] })];
    }
    const refusal = await tryKeyDirectory(file, context);
    if (refusal !== null) return [refused(refusal, file, usual ? file : null)];
    if (found === null) return [finding('ok', t`${shown} does not exist yet: the first key creates it`)];
    if ((mode & 0o022) !== 0 && (mode & 0o1000) !== 0) {
      const hints = [t`keep keys in a directory of your own, with --key-dir or KEYPAIR_KEY_DIR`];
      return [finding('note', t`others may put files into ${shown} (${octal(mode)})`, { file, hints })];
    }
    if ((mode & 0o077) !== 0) {
      const message = t`others may see what is in ${shown} (${octal(mode)})`;
      return [finding('note', message, { file, fixes: [changeMode(file, 0o700, usual ? 'anybody' : 'person')] })];
    }
    return [finding('ok', context.platform === 'win32' ? t`${shown} is there` : t`${shown} is yours alone`)];
  },
};

/** Whether this program can write its journal, and nobody else can write in its directories. */
export const ownDirectories: Check = {
  id: 'own-directories',
  title: t`own directories`,
  calls: false,
  run: async ({ session: { context } }) => {
    const config = configDirectory(context);
    const mendConfig = t`logins and settings are stored there: fix its permissions, or choose another place with XDG_CONFIG_HOME`;
    const mendCache = t`completions and compiled code are there: fix its permissions, or choose another place with XDG_CACHE_HOME`;
    const places = [
      { directory: journalDirectory(stateDirectory(context)), needed: true, elsewhere: JOURNAL_HINT },
      { directory: path.join(config, 'credentials'), needed: false, elsewhere: mendConfig },
      { directory: config, needed: false, elsewhere: mendConfig },
      { directory: cacheDirectory(context), needed: false, elsewhere: mendCache },
    ];
    const findings: Finding[] = [];
    for (const { directory, needed, elsewhere } of places) {
      // The others are optional: `create` works without them.
      if (!needed && !(await isTaken(directory).catch(() => false))) continue;
      const refusal = await tryOwnDirectory(directory, context, elsewhere);
      if (refusal === null || (!needed && !(refusal instanceof PermissionsError))) continue;
      const told = refused(refusal, directory, directory);
      if (!findings.some(({ message }) => message === told.message)) findings.push(told);
    }
    return findings.length > 0 ? findings : [finding('ok', t`only you can write in them`)];
  },
};

/**
 * The finding for an error that would stop a command.
 *
 * @param file the file or directory that was tried, or null. An unsafe directory above it is reported in its place.
 * @param own a directory that is always private: its mode is fixed without asking; or null.
 */
function refused(error: KeypairError, file: string | null, own: string | null = null): Finding {
  if (!(error instanceof PermissionsError)) return problemFrom(error, null, { file });
  const { directory, mode, excess } = error;
  if (mode === null) return problemFrom(error, null, { file: file ?? directory });
  const fix = directory === own ? changeMode(directory, 0o700) : changeMode(directory, mode & ~excess, 'person');
  return problemFrom(error, null, { file: directory, fixes: [fix] });
}
