import { KeypairError } from '../../../errors.ts';
import { t, translated } from '../../../i18n/t.ts';
import type { Service } from '../../service.ts';
import type { KeyPairRef } from '../../types.ts';

/** Whether a text is shaped like the id of a key pair of CVM (`skey-…`) or Lighthouse (`lhkp-…`); names have no hyphen. */
export function isKeyId(text: string): boolean {
  return /^(?:skey|lhkp)-[0-9a-z]+$/.test(text);
}

/**
 * The id by which Tencent Cloud goes.
 *
 * @throws KeypairError `NOT_FOUND` where the service told none.
 */
export function keyIdOf({ id, name }: KeyPairRef, service: Service): string {
  if (id !== null) return id;
  throw new KeypairError(
    'NOT_FOUND',
    t`${translated(service.title)} goes by ids, and has told none for ${name}`,
    {
      provider: service.id,
    },
  );
}
