import { fingerprintDialects, matchFingerprint } from '../../src/keys/fingerprint.ts';
import { generateKeyPair } from '../../src/keys/generate.ts';
import { parsePrivateKey, type PrivateKey } from '../../src/keys/private-key.ts';
import { formatPublicKey, parsePublicKey, samePublicKey } from '../../src/keys/public-key.ts';
import { KeypairError } from '../../src/errors.ts';
import type { CreateRequest, KeyPair, KeyPairChange, KeyPairRef } from '../../src/providers/types.ts';
import { checkInstance } from './instance.ts';
import { freshName, listed } from './made-names.ts';
import { privateKind } from './shape.ts';
import { attempt, can, check, eventually, type Place, type Side, step, wrong } from './side.ts';

/**
 * The life of some key pairs: everything that the service can do with them. It makes no pair whose name is not noted,
 * and may leave pairs: the caller deletes what is noted.
 */
export async function live(side: Side): Promise<void> {
  const { here, elsewhere, signal, facts } = side;
  const { provider } = here;
  const names = { a: nameOf(side, 'A'), b: nameOf(side, 'B'), c: nameOf(side, 'C') };
  await identityAndPlaces(side);
  const pair = await step(side, 'create', () => create(side, names.a));
  // Without the first pair its name is not noted for another one.
  if (pair !== null && can(side, 'create')) {
    await step(side, 'create the same name again', async () => {
      facts.set('a name that is in use', await attempt(() => made(side, here, names.a)));
    });
    if (elsewhere !== null)
      await step(side, 'create the same name in another region', () => again(side, elsewhere, names.a));
  }
  const uploaded = await step(side, 'import', () => upload(side, names.b, side.rsaKey));
  for (const type of ['ed25519', 'ecdsa-256'] as const) {
    const accepted = side.descriptor.publicKeyRule.accepts(type === 'ed25519' ? type : 'ecdsa', 256);
    const title = `import of ${type}, which the documents ${accepted ? 'allow' : 'do not list'}`;
    await step(side, `import ${type}`, async () => {
      facts.set(title, await attempt(async () => upload(side, nameOf(side, type), await generateKeyPair(type, ''))));
    });
  }
  if (pair !== null) await step(side, 'show', () => show(side, pair));
  if (can(side, 'tag')) {
    await step(side, 'list by tag', () => listed(provider, { tags: TAGS }, signal));
  }
  await step(side, 'list by a part of a name', () => listed(provider, { name: names.b.slice(0, -1) }, signal));
  if (uploaded !== null) await change(side, uploaded, names.c);
  if (pair === null) return;
  if (side.instance !== null) await checkInstance(side, side.instance, pair);
  await step(side, 'delete', async () => {
    check(await provider.deleteKeyPairs([pair], signal));
    await eventually(side, 'a deleted key pair is still listed', async () => {
      const pairs = await listed(provider, { name: names.a }, signal);
      return pairs.some(({ id }) => id === pair.id) ? null : true;
    });
  });
  await step(side, 'delete what is not there', async () => {
    facts.set(
      'delete of an unknown key pair',
      await attempt(async () => {
        check(await provider.deleteKeyPairs([pair], signal));
      }),
    );
  });
}

/** Who calls, and what there is. */
async function identityAndPlaces(side: Side): Promise<void> {
  const { here, facts, signal, descriptor, identify } = side;
  const listRegions = here.provider.listRegions?.bind(here.provider);
  if (identify !== null) {
    await step(side, 'identity', async () => {
      facts.set('STS host', await identify());
    });
  }
  if (listRegions !== undefined) {
    await step(side, 'regions', async () => {
      const listed = (await listRegions(signal)).map(({ id }) => id);
      const regions = (ids: readonly string[]): string => (ids.length === 0 ? 'none' : ids.join(', '));
      facts.set(
        'regions that the program does not know',
        regions(listed.filter((id) => !descriptor.regions.includes(id))),
      );
      facts.set('regions that are not listed', regions(descriptor.regions.filter((id) => !listed.includes(id))));
    });
  }
  const quota = here.provider.keyPairQuota?.bind(here.provider);
  if (quota !== undefined) {
    await step(side, 'quota', async () => {
      facts.set('quota of key pairs', String(await quota(signal)));
    });
  }
}

const TAGS = { kplive: 'one' } as const;

function nameOf({ known }: Side, label: string): string {
  const name = freshName();
  known.sent(name, `[name ${label}]`);
  return name;
}

function request(side: Side, name: string): CreateRequest {
  const tags: CreateRequest['tags'] = can(side, 'tag') ? TAGS : {};
  tellTags(side, tags);
  return { name, tags, projectId: 0, resourceGroupId: null };
}

function tellTags({ known }: Side, tags: CreateRequest['tags']): void {
  for (const [key, value] of Object.entries(tags)) {
    known.sent(key, `[tag key ${key}]`);
    known.sent(value, `[tag value ${value}]`);
  }
}

/** Sends a create whose name is noted already. */
async function made(side: Side, { provider }: Place, name: string) {
  if (provider.createKeyPair === undefined) throw wrong('the service creates no key pairs');
  return provider.createKeyPair(request(side, name), side.signal);
}

/** Notes a name, and makes a pair under it. The note stays until the pair is seen to be gone. */
async function noted<T>(side: Side, { region, endpoint }: Place, name: string, make: () => Promise<T>): Promise<T> {
  await side.made.add(name, region, endpoint);
  try {
    const result = await make();
    side.made.answered(name, region);
    return result;
  } catch (error) {
    if (error instanceof KeypairError && error.outcome === 'none') side.made.answered(name, region);
    throw error;
  }
}

/** Creates a pair in the cloud, and checks its private key, which stays in memory. Without this ability: imports one. */
async function create(side: Side, name: string): Promise<KeyPairRef> {
  if (!can(side, 'create')) return upload(side, name, side.rsaKey);
  const { here, facts } = side;
  const { pair, privateKey } = await noted(side, here, name, () => made(side, here, name));
  facts.set('private key', privateKind(privateKey.reveal()));
  const key = parsePrivateKey(privateKey);
  const shown = await seen(side, name);
  tellKey(side, shown, key, 'of a created key pair');
  return { id: shown.id ?? pair.id, name };
}

/** The pair with this name, as the service lists it. */
async function seen(side: Side, name: string): Promise<KeyPair> {
  const { here, signal } = side;
  const look = async (): Promise<KeyPair | null> => (await listed(here.provider, { name }, signal))[0] ?? null;
  return eventually(side, 'a new key pair is not listed', look);
}

/** Tells whether a pair belongs to a private key, and how its fingerprint was computed. */
function tellKey({ facts }: Side, { publicKey, fingerprint }: KeyPair, key: PrivateKey, which: string): void {
  const fits =
    publicKey === null ? 'not listed' : samePublicKey(parsePublicKey(publicKey), key.publicKey) ? 'yes' : 'no';
  facts.set(`the public key ${which} fits the private key`, fits);
  if (fits === 'no') throw wrong('the public key does not fit the private key');
  if (fingerprint === null) return;
  const kind = matchFingerprint(fingerprint, fingerprintDialects(key.publicKey, key));
  facts.set(`fingerprint ${which}`, kind?.title ?? 'unknown kind');
}

/** Uploads a public key whose private key is made here and never written. */
async function upload(side: Side, name: string, key: PrivateKey): Promise<KeyPairRef> {
  const { here, signal } = side;
  const publicKey = formatPublicKey(key.publicKey);
  const { pair } = await noted(side, here, name, () =>
    here.provider.importPublicKey({ ...request(side, name), publicKey }, signal),
  );
  const shown = await seen(side, name);
  if (key === side.rsaKey) tellKey(side, shown, key, 'of an imported key pair');
  return { id: shown.id ?? pair.id, name };
}

/** Looks for a pair of the first region in a second one, and makes one of the same name there. */
async function again(side: Side, there: Place, name: string): Promise<void> {
  const visible = (await listed(there.provider, { name }, side.signal)).length > 0;
  side.facts.set('a key pair is listed in another region', visible ? 'yes' : 'no');
  const outcome = await attempt(() => noted(side, there, name, () => made(side, there, name)));
  side.facts.set('the same name in another region', outcome);
}

async function show({ here, signal, descriptor }: Side, { id, name }: KeyPairRef): Promise<void> {
  await listed(here.provider, { name }, signal);
  if (id !== null && descriptor.isId(id)) await listed(here.provider, { id }, signal);
}

/** Renames a pair, describes it, and changes its tags, where the service can. */
async function change(side: Side, pair: KeyPairRef, newName: string): Promise<void> {
  const { here, signal, known } = side;
  const { provider } = here;
  const update = async (change: KeyPairChange): Promise<void> => {
    if (provider.updateKeyPair === undefined) throw wrong('the service changes no key pairs');
    await provider.updateKeyPair(pair, change, signal);
  };
  const updateAndList = async (change: KeyPairChange): Promise<void> => {
    await update(change);
    await listed(provider, { name: pair.name }, signal);
  };
  if (can(side, 'retag')) {
    const tags = { tags: { 'kplive-more': 'two' }, removeTags: Object.keys(TAGS) };
    tellTags(side, tags.tags);
    await step(side, 'change tags', () => updateAndList(tags));
  }
  if (can(side, 'description')) {
    const description = 'keypair live';
    known.sent(description, '[description]');
    await step(side, 'describe', () => updateAndList({ description }));
  }
  if (can(side, 'rename')) {
    await step(side, 'rename', async () => {
      await noted(side, here, newName, () => update({ name: newName }));
      await listed(provider, { name: newName }, signal);
    });
  }
}
