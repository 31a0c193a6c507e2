import { sha256Fingerprint } from '../../../keys/fingerprint.ts';
import type { PublicKey } from '../../../keys/public-key.ts';
import { bracketed, listed, together } from '../../../i18n/phrases.ts';
import { t } from '../../../i18n/t.ts';
import { findDescriptor } from '../../../providers/registry.ts';
import { printable } from '../../../sanitize.ts';
import { readPublicKey } from '../../../operations/key-pair-record.ts';
import { isWeak } from '../../../operations/weak-key.ts';
import { type Finding, finding } from '../finding.ts';
import type { Check, CheckInput } from '../input.ts';
import { ownKeys } from '../own-keys.ts';

/** Where a weak key is. */
interface Weak {
  readonly publicKey: PublicKey;
  /** On this machine, or null. */
  file: string | null;
  readonly places: {
    readonly provider: string;
    readonly region: string;
    readonly regionWords: string;
    readonly name: string;
    readonly id: string | null;
  }[];
}

/** Keys that can be broken, in the cloud and here. */
export const weakKeys: Check = {
  id: 'weak-keys',
  title: t`weak keys`,
  calls: false,
  run: async (input) => {
    const weak = await findWeak(input);
    const isOwn = await ownKeys(input);
    const found = weak.map((key) => tell(key, isOwn(key.publicKey)));
    return found.length > 0 ? found : [finding('ok', t`none`)];
  },
};

async function findWeak(input: CheckInput): Promise<readonly Weak[]> {
  const weak = new Map<string, Weak>();
  const add = (publicKey: PublicKey): Weak | null => {
    if (!isWeak(publicKey)) return null;
    const key = sha256Fingerprint(publicKey);
    const known = weak.get(key) ?? { publicKey, file: null, places: [] };
    weak.set(key, known);
    return known;
  };
  for (const { publicKey, privateKeyFile, refused, publicKeyFile } of (await input.localKeys()).keys) {
    const known = publicKey === null ? null : add(publicKey);
    if (known !== null) known.file ??= privateKeyFile ?? refused?.file ?? publicKeyFile;
  }
  for (const { target, pairs } of (await input.cloud()).services) {
    for (const { id, name, publicKey: line } of pairs ?? []) {
      const publicKey = readPublicKey(line);
      const known = publicKey === null ? null : add(publicKey);
      const { descriptor, region, regionWords } = target;
      const place = { provider: descriptor.id, region, regionWords, name, id };
      // A service may list a pair in every region of the account.
      const isTold = known?.places.some(
        (one) => id !== null && one.id === id && one.provider === place.provider,
      );
      if (isTold === false) known?.places.push(place);
    }
  }
  return [...weak.values()];
}

/** A name for the pair that replaces another: one that the service takes. */
function newName({ name, provider }: Weak['places'][number]): string {
  const { nameRule } = findDescriptor(provider);
  return nameRule.suggest(`${name.slice(0, 20)}_new`) ?? 'new_key';
}

function tell({ publicKey, file, places }: Weak, own: boolean): Finding {
  const { keyType, bits } = publicKey;
  const [place] = places;
  const pairs = places.map(({ name, provider, region }) =>
    printable(bracketed(name, together([provider, region])), 150),
  );
  const where = listed([...pairs, ...(file === null ? [] : [printable(file)])]);
  const message =
    keyType === 'dsa'
      ? t`${where}: DSA of ${bits} bits, and OpenSSH no longer takes it`
      : t`${where}: RSA of ${bits} bits, and at least 2048 are needed`;
  const make =
    place === undefined
      ? t`replace it: ssh-keygen -t ed25519`
      : t`replace it: keypair create -p ${place.provider} -r ${place.regionWords} --local --name ${newName(place)}, bind that in its place, delete this one`;
  return finding(own ? 'problem' : 'note', message, {
    hints: [make],
    file,
    provider: place?.provider ?? null,
    region: place?.region ?? null,
  });
}
