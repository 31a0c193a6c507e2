import { loadProfile } from '../../config/load.ts';
import type { Profile } from '../../config/profile.ts';
import { KeypairError } from '../../errors.ts';
import { t } from '../../i18n/t.ts';
import type { Session } from '../../cli/session.ts';
import { printable } from '../../sanitize.ts';
import { valuesOf } from './effective.ts';
import { readKey } from './key.ts';

/**
 * Runs `config get`: what the configuration itself says, whatever flags and variables go before it.
 *
 * @throws KeypairError `NOT_FOUND` where it says nothing.
 */
export async function runGet(session: Session, keyText: string): Promise<void> {
  const { context, settings } = session;
  const key = readKey(keyText);
  if (key.kind === 'profile') {
    // Whatever was chosen here: the question is what the file says.
    const own = await loadProfile(context, null, session.warn);
    show(session, key.name, own.chosen ? own.name : null, null);
    return;
  }
  const profile = await loadProfile(context, settings.chosenProfile, session.warn);
  if (key.kind === 'tags') showTags(session, profile);
  else show(session, key.name, valuesOf(profile).get(key.name) ?? null, profile);
}

function show(session: Session, key: string, value: string | number | null, profile: Profile | null): void {
  if (value === null) throw notSet(key, profile);
  session.result({
    json: { profile: profile?.name ?? null, key, value },
    text: `${printable(String(value), Infinity)}\n`,
    quiet: String(value),
  });
}

function showTags(session: Session, profile: Profile): void {
  const tags = Object.entries(profile.tags).map(([key, value]) => `${key}=${value}`);
  if (tags.length === 0) throw notSet('tags', profile);
  session.result({
    json: { profile: profile.name, key: 'tags', value: profile.tags },
    text: tags.map((tag) => `${printable(tag, Infinity)}\n`).join(''),
    quiet: tags.join('\n'),
  });
}

function notSet(key: string, profile: Profile | null): KeypairError {
  const shown = printable(key, 200);
  return new KeypairError(
    'NOT_FOUND',
    profile === null
      ? t`${shown} is not set in the configuration`
      : t`${shown} is not set in profile ${profile.name}`,
    { hints: [t`see what holds with: keypair config list`] },
  );
}
