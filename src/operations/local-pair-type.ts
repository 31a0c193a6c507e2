import { KeypairError } from '../errors.ts';
import { KEY_TYPES, type KeyType } from '../keys/generate.ts';
import { joinList } from '../i18n/phrases.ts';
import { t } from '../i18n/t.ts';
import type { Descriptor } from '../providers/types.ts';
import type { CreateFlags } from '../cli/create-options.ts';
import { checkAbility } from '../cli/validate.ts';

/** The best first: small and fast, then what every server has known for decades. */
const PREFERRED: readonly KeyType[] = ['ed25519', 'rsa-3072', 'ecdsa-256'];

/**
 * The kind of pair that is to be made here: `--type`, else the best that the service takes. Null without `--local`.
 *
 * @throws KeypairError `USAGE` for `--type` without `--local`, and for what the service does not take.
 */
export function localTypeFor(
  descriptor: Descriptor,
  { local, type, apiVersion }: Pick<CreateFlags, 'local' | 'type' | 'apiVersion'>,
): KeyType | null {
  if (local !== true) {
    if (type === undefined) return null;
    throw new KeypairError('USAGE', t`--type needs --local: the service decides what it makes itself`);
  }
  checkAbility(descriptor, apiVersion ?? descriptor.apiVersions[0], 'import', '--local');
  const best = bestType(descriptor);
  if (type === undefined) return best;
  if (accepts(descriptor, type)) return type;
  const taken = KEY_TYPES.filter((other) => accepts(descriptor, other));
  throw new KeypairError(
    'USAGE',
    t`${descriptor.title} does not take --type ${type}: ${descriptor.publicKeyRule.sentence}`,
    { provider: descriptor.id, hints: [t`use one of ${joinList(taken)}`] },
  );
}

/** The best kind of key that the service takes. */
export function bestType(descriptor: Descriptor): KeyType {
  return PREFERRED.find((type) => accepts(descriptor, type)) ?? 'rsa-3072';
}

function accepts({ publicKeyRule }: Descriptor, type: KeyType): boolean {
  const [family = '', size] = type.split('-');
  return publicKeyRule.accepts(
    family === 'rsa' || family === 'ecdsa' ? family : 'ed25519',
    Number(size ?? 256),
  );
}
