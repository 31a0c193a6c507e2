import { existsSync } from 'node:fs';
import { expandPath } from '../paths.ts';
import { t } from '../i18n/t.ts';
import type { Session } from './session.ts';

/**
 * Asks for the path of a key file that is there.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function askFile({ context }: Session, question: string): Promise<string> {
  const { askText } = await import('../ui/prompts.ts');
  return askText(context, question, (file) => {
    if (file === '') return t`a file such as ~/.ssh/foo.pub`;
    return existsSync(expandPath(file, context)) ? null : t`${file} is not there`;
  });
}
