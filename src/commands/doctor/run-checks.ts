import { providersToAsk } from '../../cli/ask-provider.ts';
import { createSession, type Session } from '../../cli/session.ts';
import { resolveSettings } from '../../cli/settings.ts';
import { loadProfile } from '../../config/load.ts';
import { withConnections } from '../../connection/connect.ts';
import { KeypairError, SeveralFailures } from '../../errors.ts';
import { t, withLabel } from '../../i18n/t.ts';
import { cloudOnly } from './checks/cloud-only.ts';
import { credentials, keychain } from './checks/credentials.ts';
import { config, keyDirectory, ownDirectories } from './checks/directories.ts';
import { keyFiles, oldKeys, passphrases, weakKeys } from './checks/key-files.ts';
import { localOnly } from './checks/local-only.ts';
import { clock, network, quotas, services } from './checks/network.ts';
import { leftovers, unfinished } from './checks/unfinished.ts';
import { type Check, type CheckInput, checkInput, type Finding, finding, problemFrom } from './finding.ts';
import { fix, type Fixed, verified } from './fix.ts';
import { type Checked, report, verdictOf } from './report.ts';
import { type CloudSurvey, EMPTY_SURVEY, measureResponses, surveyClouds } from './survey.ts';

/** The flags of `doctor`, as Commander names them. */
export interface DoctorFlags {
  readonly fix: boolean;
  readonly localOnly: boolean;
  readonly keyDir: string;
  readonly dryRun: boolean;
}

/**
 * Runs `doctor`.
 *
 * @throws SeveralFailures after the report, without a message of its own, if a problem is left: `PARTIAL` if the cloud
 * changed and this machine did not follow, else `FAILURE`. KeypairError `USAGE` for flags that are not valid.
 */
export async function runDoctor(bare: Session, flags: Partial<DoctorFlags>): Promise<void> {
  const asked = bare.settings.provider;
  const providers = providersToAsk(bare.settings);
  const { session, brokenProfile } = await withProfile(bare);
  const times = measureResponses();
  const localOnly = flags.localOnly === true;
  await withConnections(
    session,
    async (services) => {
      const scope = { session, services, asked, brokenProfile, localOnly };
      const survey = (): Promise<CloudSurvey> =>
        localOnly ? Promise.resolve(EMPTY_SURVEY) : surveyClouds(session, services, providers, times);
      const input = checkInput(scope, flags.keyDir, survey);
      // A wrong flag is an error, not a finding.
      await input.cloud();
      const found = await runChecks(input);
      // Reads this machine again. Only the unfinished check's fixes, which ask first, change the cloud.
      const after = (fixed: Checked, before: CheckInput): CheckInput =>
        checkInput(scope, flags.keyDir, fixed.id === 'unfinished' ? survey : () => before.cloud());
      const { dryRun = false } = flags;
      const fixing = flags.fix === true && !dryRun;
      const checked = fixing ? await fixAll(bare, found, input, after) : found;
      const style = await bare.style(bare.context.stdout);
      const { json, ...shown } = report(checked, fixing, bare.context.stdout, style);
      bare.result({ ...shown, json: dryRun ? { ...(json as object), dryRun } : json });
      const verdict = failureOf(checked);
      if (verdict !== null) throw new SeveralFailures([verdict]);
    },
    times.observe,
  );
}

/** The session of the checks, with the profile if it can be read. It prints nothing: the findings do. */
async function withProfile({ context, settings }: Session): Promise<Pick<CheckInput, 'session' | 'brokenProfile'>> {
  const ignore = (): void => undefined;
  let known = settings;
  let brokenProfile: KeypairError | null = null;
  try {
    const profile = await loadProfile(context, settings.chosenProfile, ignore);
    known = resolveSettings(settings.flags, context.env, profile);
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    brokenProfile = error;
  }
  const silent = { info: ignore, warn: ignore, reportError: ignore };
  return { session: { ...createSession(context, known), ...silent }, brokenProfile };
}

/** All checks in the order of the report: this machine, the connection to the services, the pairs. */
const CHECKS: readonly Check[] = [
  config,
  keyDirectory,
  ownDirectories,
  keyFiles,
  passphrases,
  weakKeys,
  leftovers,
  unfinished,
  network,
  credentials,
  keychain,
  services,
  clock,
  quotas,
  cloudOnly,
  localOnly,
  oldKeys,
];

/** In sequence: they share what they read, and some ask for a passphrase. */
async function runChecks(input: CheckInput): Promise<readonly Checked[]> {
  const checked: Checked[] = [];
  for (const check of CHECKS) {
    if (check.calls && input.localOnly) continue;
    const findings = (await runCheck(check, input)).map((one) => ({ ...one, fixed: false }));
    checked.push({ id: check.id, title: check.title, findings });
  }
  return checked;
}

async function runCheck(check: Check, input: CheckInput): Promise<readonly Finding[]> {
  try {
    return await check.run(input);
  } catch (error) {
    if (error instanceof KeypairError && error.code === 'CANCELLED') throw error;
    const label = t`this could not be checked`;
    if (error instanceof KeypairError) return [problemFrom(error, label)];
    return [finding('problem', withLabel(label, error instanceof Error ? error.name : 'error'))];
  }
}

/** @param after creates the new input after a fix, from the old one. */
async function fixAll(
  session: Session,
  checked: readonly Checked[],
  input: CheckInput,
  after: (fixed: Checked, before: CheckInput) => CheckInput,
): Promise<readonly Checked[]> {
  const done: Checked[] = [];
  let now = input;
  for (const check of checked) {
    const findings: Fixed[] = [];
    done.push({ ...check, findings });
    const again = CHECKS.find(({ id }) => id === check.id);
    if (again === undefined) continue;
    try {
      const found = now === input ? check.findings : await runCheck(again, now);
      for (const one of found) findings.push(await fix(session, one));
      if (!findings.some(({ fixed }) => fixed)) continue;
      now = after(check, now);
      findings.splice(0, findings.length, ...verified(findings, found, await runCheck(again, now)));
    } catch (error) {
      if (!(error instanceof KeypairError) || error.code !== 'CANCELLED') throw error;
      throw endedEarly(session, done);
    }
  }
  return done;
}

/** Lists the fixes so far, since no report follows. */
function endedEarly(session: Session, done: readonly Checked[]): KeypairError {
  const mended = done.flatMap(({ findings }) => findings.filter(({ fixed }) => fixed));
  for (const { message } of mended) session.info(message);
  const said = mended.length === 0 ? t`cancelled: nothing was fixed` : t`cancelled: ${mended.length} fixed`;
  return new KeypairError('CANCELLED', said);
}

function failureOf(checked: readonly Checked[]): KeypairError | null {
  const { problems } = verdictOf(checked);
  if (problems === 0) return null;
  const isPartial = checked
    .flatMap(({ findings }) => findings)
    .some(({ level, partial }) => level === 'problem' && partial);
  const message = problems === 1 ? t`1 problem` : t`${problems} problems`;
  return new KeypairError(isPartial ? 'PARTIAL' : 'FAILURE', message);
}
