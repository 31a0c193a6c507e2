import { t } from '../i18n/t.ts';
import type { Session } from '../cli/session.ts';
import { createWizard } from './create.ts';
import { firstRun, logIn } from './login.ts';
import { manageKeyPairs } from './manage.ts';
import { withBackNavigation, nullOnBack } from './steps.ts';

/**
 * The menu of `keypair` without a command, on a terminal. Every answer is a flag of a command, which does the work.
 *
 * @throws KeypairError `CANCELLED` when the user leaves a question; the errors of the commands.
 */
export async function runWizard(start: Session): Promise<void> {
  const session = await firstRun(start);
  for (;;) {
    const answer = await askMenu(session);
    if ((await nullOnBack(async () => runMenuChoice(session, answer))) !== null) return;
  }
}

async function runMenuChoice(session: Session, answer: string): Promise<'done'> {
  switch (answer) {
    case 'create':
      await createWizard(session, {}, true);
      break;
    case 'pick':
      await manageKeyPairs(session);
      break;
    case 'login':
      await logIn(withBackNavigation(session));
      break;
    default:
  }
  return 'done';
}

async function askMenu({ context, settings }: Session): Promise<string> {
  const { askChoice } = await import('../ui/prompts.ts');
  return askChoice(context, t`What do you want to do?`, [
    { value: 'create', title: t`Make a key pair`, note: '' },
    {
      value: 'pick',
      title: t`See the key pairs in the cloud`,
      note: t`show, change, attach, detach or delete one`,
    },
    ...(settings.sandbox ? [] : [{ value: 'login', title: t`Log in`, note: t`store an access key for this program` }]),
    { value: 'leave', title: t`Leave`, note: '' },
  ]);
}
