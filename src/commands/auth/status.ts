import { providersOf } from '../../cli/ask-provider.ts';
import type { Session } from '../../cli/session.ts';
import { warningsOf } from '../../credentials/chain.ts';
import type { ProbedPlace } from '../../credentials/context.ts';
import { vendorOf } from '../../credentials/vendors.ts';
import type { CallerIdentity } from '../../credentials/sts/sts.ts';
import { KeypairError } from '../../errors.ts';
import { joinList, t, withLabel, withNote } from '../../i18n/t.ts';
import type { Vendor } from '../../providers/credentials.ts';
import { printable } from '../../sanitize.ts';
import { PLAIN } from '../../ui/color.ts';
import { type Row, rowLines } from '../../ui/table.ts';
import { type AuthServices, providersOfVendor, shortened } from './services.ts';

/** The credentials of one vendor, and their state. */
interface VendorStatus {
  readonly vendor: Vendor;
  /** The requested providers of this vendor. */
  readonly providers: readonly string[];
  readonly source: string | null;
  /** Shortened. */
  readonly id: string | null;
  readonly expiresAt: Date | null;
  readonly caller: CallerIdentity | null;
  /** Null if not checked. */
  readonly works: boolean | null;
  readonly error: KeypairError | null;
  readonly places: readonly ProbedPlace[];
}

/**
 * Runs `auth status`.
 *
 * @throws KeypairError after the result: `AUTH` if a requested provider has no credentials, if none of all providers
 * has any, or if some do not work; another code if the check itself failed.
 */
export async function runStatus(session: Session, check: boolean, services: AuthServices): Promise<void> {
  const asked = providersOf(session.settings);
  const vendors = [...new Set(asked.map(({ vendor }) => vendor))];
  const statuses: VendorStatus[] = [];
  // In sequence: each may ask for a passphrase.
  for (const vendor of vendors) {
    const start = { ...NOTHING, vendor, providers: providersOfVendor(vendor, asked) };
    statuses.push(
      session.settings.sandbox
        ? { ...start, source: 'sandbox', works: check ? true : null }
        : await statusOf(session, start, check, services),
    );
  }
  session.result({
    json: asked.flatMap(({ id, vendor }) =>
      statuses.filter((status) => status.vendor === vendor).map((status) => statusJson(id, status)),
    ),
    text: statuses.map(paragraph).join('\n'),
    quiet: statuses.flatMap(({ source, providers }) => (source === null ? [] : providers)).join('\n'),
  });
  const everyone = session.settings.provider !== null && session.settings.provider !== 'all';
  const failure = verdict(statuses, everyone);
  if (failure !== null) throw failure;
}

async function statusOf(
  session: Session,
  start: VendorStatus,
  check: boolean,
  services: AuthServices,
): Promise<VendorStatus> {
  const { vendor } = start;
  let status = start;
  try {
    const survey = await services.survey(vendor);
    const { found, places } = survey;
    for (const line of warningsOf(survey)) session.warn(line);
    status = { ...status, places };
    if (found === null) return { ...status, error: brokenPlace(places) };
    status = { ...status, source: found.source };
    const credentials = await found.current(session.context.interrupts.signal);
    status = { ...status, id: shortened(credentials.id), expiresAt: credentials.expiresAt };
    if (!check) return status;
    const caller = await session.withSpinner(t`asking whose they are`, () => services.identify(vendor, found));
    return { ...status, caller, works: true };
  } catch (error) {
    if (!(error instanceof KeypairError) || error.code === 'CANCELLED') throw error;
    // Only `AUTH` is a refusal; after any other error the state is unknown.
    return {
      ...status,
      error,
      works: check && error.code === 'AUTH' && status.source !== null ? false : null,
    };
  }
}

const NOTHING = {
  source: null,
  id: null,
  expiresAt: null,
  caller: null,
  works: null,
  error: null,
  places: [],
} as const;

function brokenPlace(places: readonly ProbedPlace[]): KeypairError | null {
  const broken = places.find(({ state }) => state === 'broken');
  return broken === undefined ? null : new KeypairError('AUTH', broken.note ?? t`${broken.title} is broken`);
}

function statusJson(provider: string, status: VendorStatus): unknown {
  const { source, id, expiresAt, caller, works, error } = status;
  return {
    provider,
    found: source !== null,
    source,
    id,
    expiresAt: expiresAt?.toISOString() ?? null,
    account: caller?.account ?? null,
    identity: caller?.identity ?? null,
    works,
    error: error === null ? null : { code: error.code, message: error.message, hints: error.hints },
  };
}

/** The error that the command ends with. As with `gh auth status`, any credentials that do not work are an error. */
function verdict(statuses: readonly VendorStatus[], everyone: boolean): KeypairError | null {
  const broken = statuses.filter(({ error }) => error !== null);
  const without = statuses.filter(({ source, error }) => source === null && error === null);
  if (broken.length > 0) {
    const codes = broken.flatMap(({ error }) => error?.code ?? []);
    const code = codes.includes('AUTH') ? 'AUTH' : (codes[0] ?? 'AUTH');
    const hints = broken.flatMap(({ error }) => error?.hints ?? []);
    return new KeypairError(code, t`credentials that do not work: ${namesOf(broken)}`, {
      hints: [...new Set(hints)],
    });
  }
  const enough = everyone ? without.length === 0 : without.length < statuses.length;
  if (enough) return null;
  return new KeypairError('AUTH', t`no credentials for ${namesOf(without)}`, {
    hints: [...without.flatMap(({ places }) => places).flatMap(whatToRun), t`store some with keypair auth login`],
  });
}

/** The hint for a skipped place, such as a command of the vendor's own tool. */
function whatToRun({ title, state, note }: ProbedPlace): readonly string[] {
  return state === 'skipped' && note !== null ? [withLabel(title, note)] : [];
}

function namesOf(statuses: readonly VendorStatus[]): string {
  return joinList(statuses.flatMap(({ providers }) => providers));
}

function paragraph(status: VendorStatus): string {
  const heading = withNote(vendorOf(status.vendor).title, joinList(status.providers));
  const rows = rowsOf(status).map(([label, text]): Row => [label, text && printable(text, 2000)]);
  return `${heading}\n${rowLines(rows, PLAIN, LABEL_WIDTH)}`;
}

const LABEL_WIDTH = 11;

function rowsOf({ source, id, expiresAt, caller, works, error, places }: VendorStatus): readonly Row[] {
  if (source === null) {
    const found = error === null ? t`nothing` : t`nothing that can be used: ${error.message}`;
    const looked = places.map((place, index): Row => [index === 0 ? t`looked in` : '', lookedIn(place)]);
    return [[t`found`, found], ...looked];
  }
  return [
    [t`found`, source],
    [t`id`, id],
    [t`account`, caller?.account ?? null],
    [t`identity`, caller?.identity ?? null],
    [t`expires`, expiresAt?.toISOString() ?? null],
    [t`works`, works === null ? null : works ? t`yes` : t`no`],
    [t`error`, error === null ? null : error.message],
  ];
}

function lookedIn({ title, state, note }: ProbedPlace): string {
  return withLabel(title, note ?? STATES[state]);
}

const STATES: Readonly<Record<ProbedPlace['state'], string>> = {
  found: t`found`,
  nothing: t`nothing`,
  skipped: t`skipped`,
  broken: t`broken`,
};
