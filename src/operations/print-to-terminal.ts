import type { Secret } from '../secret.ts';
import { t } from '../i18n/t.ts';
import type { Session } from '../cli/session.ts';
import { printable } from '../sanitize.ts';

/**
 * Shows a private key on the terminal when no disk can hold it: only after asking, and never anywhere but there.
 *
 * @returns whether it stands on the screen now.
 */
export async function showOnScreen(session: Session, name: string, raw: Secret): Promise<boolean> {
  if (!session.interactive) return false;
  return session.withTerminal(async () => {
    session.warn(t`no disk here takes the private key of ${name}, and the service hands it out only once`);
    if (!(await agreed(session))) return false;
    // It came from a server: nothing in it may speak to the terminal.
    const lines = raw.reveal().trimEnd().split(/\r?\n/);
    session.context.stderr.write(`\n${lines.map((line) => printable(line, Infinity)).join('\n')}\n\n`);
    session.warn('this is the private key: copy it now, then clear the screen and its scrollback');
    return true;
  });
}

async function agreed({ context }: Session): Promise<boolean> {
  try {
    const { askConfirm } = await import('../ui/prompts.ts');
    return await askConfirm(
      context,
      'Show it on this screen, where others may see it? If not, the pair is deleted.',
    );
  } catch {
    // Ctrl-C is a no. So is a question that cannot be loaded: the disk may be the one that we run from.
    return false;
  }
}
