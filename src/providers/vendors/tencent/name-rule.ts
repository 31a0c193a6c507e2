import type { TextRule } from '../../types.ts';

const LONGEST = 25;

/**
 * The name rule of every Tencent interface: at most 25 of 0-9, A-Z, a-z and `_` (CreateKeyPair of CVM and Lighthouse).
 * The legacy v2 document gives the characters but no length; 25 is the length of all the others on the same account.
 */
export const nameRule: TextRule = {
  sentence: '1 to 25 letters, digits and underscores',
  accepts: (text) => /^[0-9A-Za-z_]{1,25}$/.test(text),
  suggest(text) {
    if (this.accepts(text)) return text;
    const legal = text
      .normalize('NFKD')
      // é is e and an accent by now: the letter stays.
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^0-9A-Za-z_]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .replaceAll('-', '_')
      .slice(0, LONGEST);
    return /[0-9A-Za-z]/.test(legal) ? legal : null;
  },
};
