import { PROFILE_KEYS } from '../../config/keys.ts';
import type { ValueRule } from '../../config/values.ts';
import { KeypairError } from '../../errors.ts';
import { listed } from '../../i18n/phrases.ts';
import { t } from '../../i18n/t.ts';
import { nearest } from '../../providers/nearest.ts';
import { printable } from '../../sanitize.ts';

/** A key as a user typed it. */
export type GivenKey =
  /** The profile to take when none is chosen: of the configuration, not of a profile. */
  | { readonly kind: 'profile'; readonly name: string }
  | {
      readonly kind: 'value';
      readonly name: string;
      readonly path: readonly string[];
      readonly rule: ValueRule;
    }
  | { readonly kind: 'tag'; readonly name: string; readonly path: readonly string[]; readonly tag: string }
  | { readonly kind: 'tags'; readonly name: string; readonly path: readonly string[] };

/** Words for what belongs in the keychain; a key that holds one is not repeated. */
const SECRET = /secret|token|passw|passphrase|credential|accesskey|apikey|privatekey|secretid/;

/**
 * Reads a key.
 *
 * @throws KeypairError `USAGE` for one that there is not; for one that sounds like a secret it says where those go.
 */
export function readKey(text: string): GivenKey {
  if (text === 'profile') return { kind: 'profile', name: text };
  if (text === 'tags') return { kind: 'tags', name: text, path: ['tags'] };
  if (text.startsWith('tags.') && text.length > 5) {
    const tag = text.slice(5);
    return { kind: 'tag', name: text, path: ['tags', tag], tag };
  }
  const known = PROFILE_KEYS.find(({ name }) => name === text);
  if (known !== undefined) return { kind: 'value', ...known };
  if (SECRET.test(text.toLowerCase().replace(/[^a-z]/g, ''))) {
    throw new KeypairError('USAGE', t`the configuration holds no secrets: there is no such key`, {
      hints: [
        t`put credentials into the keychain with: keypair auth login`,
        t`what was typed here may stand in the history of your shell now`,
      ],
    });
  }
  const names = ['profile', ...PROFILE_KEYS.map(({ name }) => name), 'tags.<key>'];
  const near = nearest(text, names);
  throw new KeypairError('USAGE', t`there is no key '${printable(text, 80)}'`, {
    hints: [...(near === null ? [] : [t`did you mean ${near}?`]), t`the keys are ${listed(names)}`],
  });
}
