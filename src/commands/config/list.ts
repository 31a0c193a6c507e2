import { loadProfile } from '../../config/load.ts';
import type { Session } from '../../cli/session.ts';
import { resolveSettings } from '../../cli/settings.ts';
import { table } from '../../ui/table.ts';
import { sourceText } from '../../connection/region.ts';
import { t } from '../../i18n/t.ts';
import { effectiveValues } from './effective.ts';

/** Runs `config list`: what a command with the same flags would take now. */
export async function runList(session: Session): Promise<void> {
  const { context, settings } = session;
  const profile = await loadProfile(context, settings.chosenProfile, session.warn);
  const values = await effectiveValues(context, resolveSettings(settings.flags, context.env, profile));
  const { stdout } = context;
  // Behind a pipe it is data, which is English.
  const shown = (source: string): string =>
    stdout.isTTY === true ? sourceText(source, profile.name) : source;
  const rows = values.map(({ key, value, source }) => [key, String(value), shown(source)]);
  session.result({
    json: values,
    text: table([t`key`, { heading: t`value`, shrinkable: true }, t`source`], rows, stdout),
    quiet: values.map(({ key, value }) => `${key}=${value}`).join('\n'),
  });
}
