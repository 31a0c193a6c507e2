import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Session } from '../../cli/session.ts';
import { readStdin } from '../../cli/read-input.ts';

/** More names than any account has room for. */
const LIMIT = 1024 * 1024;

/**
 * The names with those of stdin, one a line, where `-` is among them; without it stdin is left alone. Blank lines do
 * not count, and a name that comes again is made once.
 *
 * @throws KeypairError `USAGE` when stdin has no name, `CANCELLED` on Ctrl-C.
 */
export async function withNamesOfStdin(
  session: Session,
  given: readonly string[],
): Promise<readonly string[]> {
  if (!given.includes('-')) return given;
  const written = given.filter((name) => name !== '-');
  const lines = (await readStdin(session.context, LIMIT))
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) throw new KeypairError('USAGE', t`there is no name on stdin`);
  const fresh = [...new Set(lines)].filter((name) => !written.includes(name));
  const again = lines.length - fresh.length;
  if (again === 1) session.info(t`1 name comes again: each is taken once`);
  if (again > 1) session.info(t`${again} names come again: each is taken once`);
  return [...written, ...fresh];
}
