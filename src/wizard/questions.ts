import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from '../cli/session.ts';
import { keyDirectory } from '../cli/settings.ts';
import { isRegion } from '../config/values.ts';
import { DEFAULT_SOURCE, resolveDefaultRegion } from '../connection/region.ts';
import { KeypairError } from '../errors.ts';
import { withNote } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import { homeShort } from '../paths.ts';
import { fitsRegion } from '../providers/regions.ts';
import { descriptors, findDescriptor } from '../providers/registry.ts';
import type { Descriptor, TextRule } from '../providers/types.ts';
import { fileNameProblem } from '../storage/file-name.ts';
import type { Choice } from '../ui/prompts.ts';
import { type SetUp, whatIsSetUp } from './credential-survey.ts';
import { readRecent } from './recent.ts';

/**
 * The provider, with what is set up marked; Enter takes the profile's, else the latest, else the first that is set up.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function askProvider(session: Session, message: string): Promise<Descriptor> {
  const { context, settings } = session;
  const setUp = await whatIsSetUp(session);
  const [latest] = await readRecent(context);
  const ready = descriptors.find(({ vendor }) => setUp.get(vendor)?.state === 'ready');
  const { askChoice } = await import('../ui/prompts.ts');
  const choices = descriptors.map((descriptor) => {
    const name = withNote(descriptor.title, descriptor.id);
    const marked = !settings.sandbox && setUp.get(descriptor.vendor)?.state === 'ready';
    return {
      value: descriptor.id,
      title: marked ? t`${name}  ✔ set up` : name,
      short: name,
      note: providerNote(descriptor, settings.sandbox ? null : (setUp.get(descriptor.vendor) ?? null)),
    };
  });
  const usual = settings.profile.provider ?? latest?.provider ?? ready?.id ?? null;
  return findDescriptor(await askChoice(context, message, choices, usual));
}

/** @param known null in the sandbox, which brings its own credentials. */
function providerNote({ warning }: Descriptor, known: SetUp | null): string {
  const lines = [known === null ? '' : setUpNote(known), warning ?? ''];
  return lines.filter((line) => line !== '').join('\n');
}

function setUpNote(known: SetUp): string {
  switch (known.state) {
    case 'ready':
      return t`credentials: ${known.source}`;
    case 'broken':
      return known.problem;
    case 'none':
      return t`no credentials yet: you will be asked`;
  }
}

/**
 * The region: the latest first, then the one that holds without a question; one that the vendor has opened since can
 * be typed as it is.
 *
 * @param first what stands before all regions, and may be the answer as well.
 * @throws KeypairError `CANCELLED`.
 */
export async function askRegion(
  session: Session,
  descriptor: Descriptor,
  first: readonly Choice[] = [],
): Promise<string> {
  const { context } = session;
  const usual = await resolveDefaultRegion(session, descriptor).catch((error: unknown) => {
    if (!(error instanceof KeypairError)) throw error;
    session.warn(error.message);
    return { region: descriptor.defaultRegion, source: DEFAULT_SOURCE };
  });
  const recent = (await readRecent(context))
    .filter(({ provider }) => provider === descriptor.id)
    .map(({ region }) => region);
  const all = [...new Set([...recent, usual.region, ...descriptor.regions])];
  const { askSearch } = await import('../ui/prompts.ts');
  return askSearch(context, t`Region (type to search):`, (text) => {
    const wanted = text.toLowerCase();
    const regions = all
      .filter((region) => fitsRegion(region, wanted))
      .map((region) => ({
        value: region,
        title: region,
        note: recent.includes(region)
          ? t`used before`
          : region === usual.region
            ? usualNote(usual.source, descriptor)
            : '',
      }));
    const found = [...first.filter(({ title }) => title.toLowerCase().startsWith(wanted)), ...regions];
    if (found.length > 0 || !isRegion(wanted)) return found;
    return [{ value: wanted, title: t`${wanted}, as it is`, note: t`not among the documented regions` }];
  });
}

function usualNote(source: string, { id }: Descriptor): string {
  return source === DEFAULT_SOURCE ? t`the default of ${id}` : t`from ${source}`;
}

/**
 * A name that the service takes and that no file here has; checked as it is typed.
 *
 * @param directory where the file will be, as `--key-dir` has it.
 * @throws KeypairError `CANCELLED`.
 */
export async function askPairName(
  session: Session,
  rule: TextRule,
  directory: string | undefined,
): Promise<string> {
  const { context } = session;
  const where = keyDirectory(session, directory);
  const names = new Set(await readdir(where).catch(() => []));
  const isTaken = (name: string): boolean => names.has(name) || names.has(`${name}.pub`);
  const { askValidated } = await import('../ui/prompts.ts');
  return askValidated(context, t`Name of the key pair:`, freeName(rule, context.host, isTaken), (name) => {
    if (!rule.accepts(name)) return refusal(rule, name);
    const file = homeShort(context.home, path.join(where, name));
    const bad = fileNameProblem(name, context.platform);
    const taken = isTaken(name) ? t`${file} is there already` : null;
    return {
      problem: bad ?? taken,
      instead: null,
      note: t`its file will be ${file}`,
    };
  });
}

function refusal(
  rule: TextRule,
  name: string,
): { readonly problem: string; readonly instead: string | null; readonly note: null } {
  const instead = rule.suggest(name);
  const sentence = rule.sentence;
  return {
    problem: instead === null ? sentence : t`${sentence}; perhaps ${instead}`,
    instead,
    note: null,
  };
}

/** A name to begin with: this machine's, with a number where that is taken. */
function freeName(rule: TextRule, host: string, isTaken: (name: string) => boolean): string | null {
  const [machine = ''] = host.split('.');
  const base = rule.suggest(machine.slice(0, 20)) ?? 'key';
  const names = Array.from({ length: 99 }, (_, index) =>
    index === 0 ? base : (rule.suggest(`${base}_${index + 1}`) ?? base),
  );
  return names.find((name) => rule.accepts(name) && !isTaken(name)) ?? null;
}
