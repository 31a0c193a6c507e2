import { expandPath } from '../../config/paths.ts';
import { KeypairError } from '../../errors.ts';
import { fingerprintDialects, matchFingerprint } from '../../keys/fingerprint.ts';
import { glanceAtPrivateKey } from '../../keys/private-glance.ts';
import { type PublicKey, samePublicKey } from '../../keys/public-key.ts';
import { randomart } from '../../keys/randomart.ts';
import { bracketed } from '../../language/phrases.ts';
import { t, translated } from '../../language/t.ts';
import { readSmallFile } from '../../local/key-file.ts';
import type { LocalKey } from '../../local/key-index.ts';
import { readLocalKeys } from '../../local/local-keys.ts';
import type { Instance, KeyPair } from '../../providers/types.ts';
import type { Result, Session } from '../../session.ts';
import { isPlain } from '../../ui/plain-prompts.ts';
import { relativeTime } from '../../ui/relative-time.ts';
import type { Style } from '../../ui/color.ts';
import { type Row, rowLines } from '../../ui/rows.ts';
import { printable } from '../../transport/sanitize.ts';
import { type Connection, withServices } from '../connect.ts';
import { findPair } from '../find-pair.ts';
import { keyDirectory } from '../key-directory.ts';
import { noteChange } from '../known-names.ts';
import {
  keyPairJson,
  keyPairRows,
  knownFromCloud,
  type KnownPair,
  readPublicKey,
} from '../key-pair-result.ts';
import { providerAnswer } from '../provider-answer.ts';
import type { ShowFlags } from './show.ts';
import { settleTarget } from '../target.ts';

/** Runs `show`. */
export async function runShow(session: Session, text: string, flags: Partial<ShowFlags>): Promise<void> {
  const { context, settings } = session;
  const descriptor = await providerAnswer(session);
  const wanted = await readWanted(session, text);
  const target = await settleTarget(session, descriptor, flags.apiVersion ?? null);
  const local = await readLocalKeys(keyDirectory(session, flags.keyDir), context.platform);
  const seen = await session.during(t`looking for ${printable(text)}`, () =>
    withServices(session, async (services) => {
      const connection = await services.connect(target);
      const pair = await find(connection, wanted, context.interrupts.signal);
      return { connection, pair, instances: await instancesOf(connection, pair, context.interrupts.signal) };
    }),
  );
  const known = knownFromCloud(seen.connection, seen.pair, local, settings.sandbox);
  const instances = seen.instances?.map(({ id }) => id) ?? seen.pair.instances;
  await noteChange(session, target, seen.pair, { ...known, pair: { ...seen.pair, instances } });
  const file = known.publicKey === null ? null : local.find(known.publicKey);
  session.result(describe(session, known, seen.instances, file, await session.style(context.stdout)));
}

/** What the user named: a pair by name or id, or a key by its fingerprint or one of its files. */
type Wanted =
  { readonly text: string } | { readonly fingerprint: string } | { readonly publicKey: PublicKey };

async function readWanted({ context }: Session, text: string): Promise<Wanted> {
  if (/^(sha256|sha1|sha512|md5):/i.test(text) || /^[0-9a-f]{2}(:[0-9a-f]{2}){15,}$/i.test(text)) {
    return { fingerprint: text };
  }
  if (!/[/\\~]|\.pub$/.test(text)) return { text };
  const reading = await readSmallFile(expandPath(text, context.cwd, context.home));
  if (reading === null) throw new KeypairError('NOT_FOUND', t`${text} is not there`);
  const content = reading === 'unreadable' ? null : reading.text;
  const publicKey =
    content && (readPublicKey(content.reveal()) ?? glanceAtPrivateKey(content)?.publicKey ?? null);
  if (publicKey === null) throw new KeypairError('USAGE', t`${text} holds no key that can be read`);
  return { publicKey };
}

async function find(connection: Connection, wanted: Wanted, signal: AbortSignal): Promise<KeyPair> {
  if ('text' in wanted) return findPair(connection, wanted.text, signal);
  for await (const pair of connection.provider.listKeyPairs({}, signal)) {
    const publicKey = readPublicKey(pair.publicKey);
    if (
      'publicKey' in wanted
        ? publicKey && samePublicKey(publicKey, wanted.publicKey)
        : fits(pair, publicKey, wanted.fingerprint)
    ) {
      return pair;
    }
  }
  const { descriptor, region } = connection;
  throw new KeypairError(
    'NOT_FOUND',
    t`${translated(descriptor.title)} has no pair of this key in ${region}`,
    {
      provider: descriptor.id,
      hints: ['look in another --region, or at another --provider'],
    },
  );
}

function fits(pair: KeyPair, publicKey: PublicKey | null, fingerprint: string): boolean {
  if (pair.fingerprint?.toLowerCase() === fingerprint.toLowerCase()) return true;
  return publicKey !== null && matchFingerprint(fingerprint, fingerprintDialects(publicKey)) !== null;
}

/** The instances of a pair with their state; null where the service tells nothing of them. */
async function instancesOf(
  { provider }: Connection,
  pair: KeyPair,
  signal: AbortSignal,
): Promise<readonly Instance[] | null> {
  if (provider.listInstances === undefined || pair.instances?.length === 0) return null;
  const found: Instance[] = [];
  for await (const instance of provider.listInstances({ keyPair: pair }, signal)) found.push(instance);
  return found;
}

function describe(
  session: Session,
  known: KnownPair,
  instances: readonly Instance[] | null,
  file: LocalKey | null,
  style: Style,
): Result {
  const { pair } = known;
  const { context } = session;
  const mode = file?.mode === null || file === null ? null : `0${file.mode.toString(8)}`;
  const bound = instances?.map(({ id }) => id) ?? pair.instances;
  const rows: readonly Row[] = [
    ...keyPairRows(known),
    [t`permissions`, mode],
    [t`created`, pair.createdAt && bracketed(pair.createdAt, relativeTime(pair.createdAt, context.now()))],
    [t`description`, pair.description],
    [t`project`, pair.projectId === null ? null : String(pair.projectId)],
    ...Object.entries(pair.tags ?? {}).map(([key, value]) => [t`tag`, `${key}=${value}`] as const),
    ...(instances ?? []).map(
      ({ id, name, state }) =>
        [t`instance`, [id, name, state].filter((part) => part !== null).join('  ')] as const,
    ),
    ...(instances === null ? (pair.instances ?? []).map((id) => [t`instance`, id] as const) : []),
  ];
  const shown = rows.map(([label, value]): Row => [label, value === null ? null : printable(value, 4000)]);
  // Behind a pipe nobody looks at it, and where lines are read out it is noise.
  const seen = context.stdout.isTTY === true && !isPlain(context);
  const picture = seen && known.publicKey !== null ? randomart(known.publicKey) : [];
  return {
    json: {
      ...keyPairJson(known),
      instances: bound,
      instanceStates: instances?.map(({ id, name, state }) => ({ id, name, state })) ?? null,
      privateKeyMode: mode,
    },
    text: `${style.strong(printable(pair.name))}\n${rowLines(shown, style)}${picture.map((line) => `  ${line}\n`).join('')}`,
    quiet: pair.id ?? pair.name,
  };
}
