import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { keyDirectory } from '../cli/settings.ts';
import type { Session } from '../cli/session.ts';
import { isRegion } from '../config/values.ts';
import { DEFAULT_SOURCE, resolveDefaultRegion } from '../connection/region.ts';
import type { Context } from '../context.ts';
import { KeypairError } from '../errors.ts';
import { t, withNote } from '../i18n/t.ts';
import { homeShort, stateDirectory } from '../paths.ts';
import { fitsRegion } from '../providers/regions.ts';
import { descriptors, findDescriptor } from '../providers/registry.ts';
import type { Descriptor, TextRule } from '../providers/types.ts';
import { fileNameProblem } from '../storage/file-name.ts';
import { makePrivateDirectory, removeLeftovers, replaceFile, temporaryNameOf } from '../storage/fs.ts';
import { readSmallFile } from '../storage/key-directory.ts';
import type { Choice } from '../ui/prompts.ts';
import { type CredentialState, credentialStates } from './login.ts';

/**
 * Asks for the provider. Marks those with credentials; Enter chooses the profile's, else the latest, else the first
 * with credentials.
 *
 * @throws KeypairError `CANCELLED`.
 */
export async function askProvider(session: Session, message: string): Promise<Descriptor> {
  const { context, settings } = session;
  const setUp = await credentialStates(session);
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

/** @param known null in the sandbox, which has its own credentials. */
function providerNote({ warning }: Descriptor, known: CredentialState | null): string {
  const lines = [known === null ? '' : setUpNote(known), warning ?? ''];
  return lines.filter((line) => line !== '').join('\n');
}

function setUpNote(known: CredentialState): string {
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
 * Asks for the region: lists the latest first, then the default. Accepts an unknown region, which may be new.
 *
 * @param first a choice before all regions, which may be the answer too.
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
 * Asks for a name that the service accepts and no file here has. Checks it while the user types.
 *
 * @param directory the directory of the key file, as `--key-dir` takes it.
 * @throws KeypairError `CANCELLED`.
 */
export async function askPairName(session: Session, rule: TextRule, directory: string | undefined): Promise<string> {
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

/** The suggested name: this machine's, with a number if it is taken. */
function freeName(rule: TextRule, host: string, isTaken: (name: string) => boolean): string | null {
  const [machine = ''] = host.split('.');
  const base = rule.suggest(machine.slice(0, 20)) ?? 'key';
  const names = Array.from({ length: 99 }, (_, index) =>
    index === 0 ? base : (rule.suggest(`${base}_${index + 1}`) ?? base),
  );
  return names.find((name) => rule.accepts(name) && !isTaken(name)) ?? null;
}

/** The place of a recently created key pair. */
interface Recent {
  readonly provider: string;
  readonly region: string;
}

/** The maximum number of entries. */
const MOST = 8;

/**
 * The places of recently created key pairs, the latest first. Ignores invalid entries and a file that cannot be read.
 */
export async function readRecent(context: Context): Promise<readonly Recent[]> {
  const reading = await readSmallFile(recentFile(context));
  if (reading === null || reading === 'unreadable') return [];
  try {
    const list: unknown = JSON.parse(reading.text.reveal());
    return Array.isArray(list) ? list.flatMap(recentOf).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Stores the place of a created key pair. Never fails: it only saves a few keystrokes next time. */
export async function noteRecent(context: Context, latest: Recent): Promise<void> {
  const others = (await readRecent(context)).filter(
    ({ provider, region }) => provider !== latest.provider || region !== latest.region,
  );
  const { provider, region } = latest;
  const text = `${JSON.stringify([{ provider, region }, ...others].slice(0, MOST))}\n`;
  const file = recentFile(context);
  try {
    await makePrivateDirectory(path.dirname(file));
    const isLeftover = (name: string): boolean => temporaryNameOf(name) === path.basename(file);
    await removeLeftovers(path.dirname(file), isLeftover, context.now());
    await replaceFile(file, text, context.platform);
  } catch {
    // Without the file, the next question has no default.
  }
}

function recentFile(context: Context): string {
  return path.join(stateDirectory(context), 'recent.json');
}

function recentOf(value: unknown): Recent[] {
  if (typeof value !== 'object' || value === null) return [];
  const { provider, region } = value as { readonly provider?: unknown; readonly region?: unknown };
  if (typeof provider !== 'string' || !descriptors.some(({ id }) => id === provider)) return [];
  return typeof region === 'string' && region.length <= 64 && isRegion(region) ? [{ provider, region }] : [];
}
