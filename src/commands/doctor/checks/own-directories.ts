import path from 'node:path';
import { cacheDirectory, configDirectory, journalDirectory, stateDirectory } from '../../../paths.ts';
import { t } from '../../../i18n/t.ts';
import { isTaken } from '../../../storage/fs.ts';
import { ELSEWHERE } from '../../../storage/journal.ts';
import { UnsafeDirectory } from '../../../storage/permissions.ts';
import { tryOwnDirectory } from '../../../storage/trial.ts';
import { type Finding, finding } from '../finding.ts';
import type { Check } from '../input.ts';
import { refused } from './key-directory.ts';

/** Whether this program can note what is under way, and nobody else can write in its directories. */
export const ownDirectories: Check = {
  id: 'own-directories',
  title: t`own directories`,
  calls: false,
  run: async ({ session: { context } }) => {
    const config = configDirectory(context);
    const mendConfig = t`logins and settings are stored there: fix its permissions, or choose another place with XDG_CONFIG_HOME`;
    const mendCache = t`completions and compiled code are there: mend that place, or choose another with XDG_CACHE_HOME`;
    const places = [
      { directory: journalDirectory(stateDirectory(context)), needed: true, elsewhere: ELSEWHERE },
      { directory: path.join(config, 'credentials'), needed: false, elsewhere: mendConfig },
      { directory: config, needed: false, elsewhere: mendConfig },
      { directory: cacheDirectory(context), needed: false, elsewhere: mendCache },
    ];
    const findings: Finding[] = [];
    for (const { directory, needed, elsewhere } of places) {
      // The others may be missing, or on a disk that cannot be written: `create` does without.
      if (!needed && !(await isTaken(directory).catch(() => false))) continue;
      const refusal = await tryOwnDirectory(directory, context, elsewhere);
      if (refusal === null || (!needed && !(refusal instanceof UnsafeDirectory))) continue;
      const told = refused(refusal, directory, directory);
      if (!findings.some(({ message }) => message === told.message)) findings.push(told);
    }
    return findings.length > 0 ? findings : [finding('ok', t`only you can write in them`)];
  },
};
