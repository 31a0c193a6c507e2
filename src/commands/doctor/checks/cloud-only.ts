import path from 'node:path';
import { joinList, t } from '../../../i18n/t.ts';
import { fingerprintDialects, matchFingerprint } from '../../../keys/fingerprint.ts';
import { readPublicKey } from '../../../operations/key-pair-record.ts';
import { pairKeyOf } from '../../../operations/ledger.ts';
import { unreadFiles, unreadHints } from '../../../operations/local-keys.ts';
import { findOpen } from '../../../operations/recovery/recovery.ts';
import type { KeyPair } from '../../../providers/types.ts';
import { printable, shellWord } from '../../../sanitize.ts';
import type { LocalKeys } from '../../../storage/key-directory.ts';
import { forgetEntry, isMade, type LedgerEntry } from '../../../storage/ledger-file.ts';
import { type Check, type CheckInput, type Finding, finding, inService } from '../finding.ts';
import type { ServiceSurvey } from '../survey.ts';

/** The maximum number of names on one line. */
const MOST_NAMES = 5;

/** Pairs in the cloud without a private key on this machine: a problem if it was stored here, else a note. */
export const cloudOnly: Check = {
  id: 'cloud-only',
  title: t`cloud only`,
  calls: true,
  run: async (input) => {
    const { services } = await input.cloud();
    const found: Finding[] = [];
    const teller = await tellers(input, services);
    let here = 0;
    for (const survey of services) {
      const elsewhere: string[] = [];
      const unsure: string[] = [];
      let untold: LocalKeys | null = null;
      const unfinished = await unfinishedNames(input, survey);
      for (const pair of survey.pairs ?? []) {
        if (unfinished.has(pair.name) || teller.get(keyOf(survey, pair)) !== survey) continue;
        const entry = await entryOf(input, survey, pair);
        const half = await privateHalf(input, pair, entry);
        if (half === 'here') here += 1;
        else if (half === 'refused') found.push(refused(survey, pair));
        else if (half !== 'nowhere') {
          unsure.push(pair.name);
          untold = half;
        } else if (entry === null) elsewhere.push(pair.name);
        else found.push(lost(survey, pair, entry));
      }
      if (untold !== null) found.push(cannotTell(survey, unsure, untold));
      if (elsewhere.length > 0) found.push(others(survey, elsewhere));
    }
    // The services check reports a service that listed nothing, and the unfinished check its own pairs.
    if (found.length > 0 || services.every(({ pairs }) => pairs === null)) return found;
    if (services.every(({ pairs }) => pairs === null || pairs.length === 0))
      return [finding('ok', t`no key pairs in the cloud`)];
    if (here === 0) return [];
    const message =
      here === 1 ? t`the private key of 1 pair is here` : t`the private keys of all ${here} pairs are here`;
    return [finding('ok', message)];
  },
};

/**
 * The survey that reports each pair, since a service may list a pair in every region of the account: that of the region
 * in the ledger, else the first.
 */
async function tellers(
  input: CheckInput,
  services: readonly ServiceSurvey[],
): Promise<ReadonlyMap<string, ServiceSurvey>> {
  const found = new Map<string, ServiceSurvey>();
  const noted = new Set<string>();
  for (const survey of services) {
    for (const pair of survey.pairs ?? []) {
      const key = keyOf(survey, pair);
      const isNoted = !noted.has(key) && (await entryOf(input, survey, pair)) !== null;
      if (isNoted) noted.add(key);
      if (isNoted || !found.has(key)) found.set(key, survey);
    }
  }
  return found;
}

/** A unique key of a pair; without an id it includes the region. */
function keyOf({ target: { descriptor, region } }: ServiceSurvey, { id, name }: KeyPair): string {
  return JSON.stringify(id === null ? [descriptor.id, region, name] : [descriptor.id, id]);
}

/** The names of pairs that the unfinished check reports. */
async function unfinishedNames({ session }: CheckInput, { target }: ServiceSurvey): Promise<ReadonlySet<string>> {
  const open = (await findOpen(session)).flatMap(({ intent }) => intent ?? []);
  const ours = open.filter((intent) => isMade({ ...intent, id: null }, pairKeyOf(target, { ...intent, id: null })));
  return new Set(ours.map(({ name }) => name));
}

/** The ledger entry of a pair whose private key was stored here; null if it went to stdout or was uploaded. */
async function entryOf(input: CheckInput, { target }: ServiceSurvey, pair: KeyPair): Promise<LedgerEntry | null> {
  const handle = pairKeyOf(target, pair);
  const entries = await input.ledger();
  return entries.findLast(({ made }) => made.privateKeyFile !== null && isMade(made, handle)) ?? null;
}

/**
 * Where the private key of a pair is. `refused`: here, but ssh cannot read it. A `LocalKeys`: unknown, since some files
 * of that directory could not be read.
 */
async function privateHalf(
  input: CheckInput,
  pair: KeyPair,
  entry: LedgerEntry | null,
): Promise<'here' | 'refused' | 'nowhere' | LocalKeys> {
  const file = entry?.made.privateKeyFile ?? null;
  const directories = [await input.localKeys()];
  if (file !== null) directories.push(await input.localKeys(path.dirname(file)));
  if (directories.some((local) => holdsPrivateHalf(local, pair))) return 'here';
  // Alibaba may list a pair without its public key: then compare the file name.
  const isUntold = pair.publicKey === null && pair.fingerprint === null;
  if (isUntold && directories[1]?.keys.some((key) => key.privateKeyFile === file) === true) return 'here';
  const told = readPublicKey(pair.publicKey);
  if (told !== null && directories.some((local) => local.find(told)?.refused != null)) return 'refused';
  return directories.find(({ untold }) => untold.length > 0) ?? 'nowhere';
}

/** Compares the public key, or if the service lists none, the fingerprint. */
function holdsPrivateHalf(local: LocalKeys, { publicKey, fingerprint }: KeyPair): boolean {
  const told = readPublicKey(publicKey);
  if (told !== null) return local.find(told)?.privateKeyFile != null;
  if (fingerprint === null) return false;
  return local.keys.some(
    (key) =>
      key.privateKeyFile !== null &&
      key.publicKey !== null &&
      matchFingerprint(fingerprint, fingerprintDialects(key.publicKey)) !== null,
  );
}

/** The key-files check reports the reason. */
function refused({ target }: ServiceSurvey, pair: KeyPair): Finding {
  const name = printable(pair.name, 100);
  const message = t`the private key of ${name} (${target.descriptor.id}, ${target.region}) is here, but ssh cannot read it`;
  return finding('note', message, inService(target));
}

function cannotTell({ target }: ServiceSurvey, names: readonly string[], local: LocalKeys): Finding {
  const message = t`cannot tell whether private keys are here (${target.descriptor.id}, ${target.region}): ${firstOf(names)}; could not read ${unreadFiles(local)}`;
  return finding('note', message, { hints: unreadHints(local), ...inService(target) });
}

function firstOf(names: readonly string[]): string {
  const first = joinList(names.slice(0, MOST_NAMES).map((name) => printable(name, 60)));
  return names.length > MOST_NAMES ? t`${first} and ${names.length - MOST_NAMES} more` : first;
}

function lost({ target }: ServiceSurvey, pair: KeyPair, { file, made }: LedgerEntry): Finding {
  const { id } = target.descriptor;
  const name = printable(pair.name, 100);
  const was = printable(made.privateKeyFile ?? '');
  const message = t`the private key of ${name} (${id}, ${target.region}) is gone from ${was}`;
  const hints = [
    t`put it back from a backup, or from the trash of keypair delete`,
    t`if nobody has it any more: keypair delete ${shellWord(pair.name)} -p ${id} -r ${target.flagsToReproduce}`,
  ];
  const apply = async (): Promise<string> => {
    await forgetEntry(file);
    return t`forgot that the private key of ${name} was here`;
  };
  const title = t`forget that it was here (it is elsewhere on purpose)`;
  const fixes = [{ title, consent: 'person', apply }] as const;
  return finding('problem', message, { hints, file: made.privateKeyFile, fixes, ...inService(target) });
}

function others({ target }: ServiceSurvey, names: readonly string[]): Finding {
  const { descriptor, region, flagsToReproduce } = target;
  const shown = firstOf(names);
  const message =
    names.length === 1
      ? t`1 pair has its private key elsewhere (${descriptor.id}, ${region}): ${shown}`
      : t`${names.length} pairs have their private keys elsewhere (${descriptor.id}, ${region}): ${shown}`;
  const hints = [t`see them with: keypair list -p ${descriptor.id} -r ${flagsToReproduce} --cloud-only`];
  return finding('note', message, { hints, ...inService(target) });
}
