import type { TextRule } from '../../types.ts';

const LONGEST = 60;

/** CVM's rule for descriptions (ModifyKeyPairAttribute): any text of at most 60 characters; one line here. */
export const descriptionRule: TextRule = {
  sentence: 'at most 60 characters on one line',
  accepts: (text) => Array.from(text).length <= LONGEST && !/\p{Cc}/u.test(text),
  suggest: (text) =>
    Array.from(text.replaceAll(/\p{Cc}+/gu, ' '))
      .slice(0, LONGEST)
      .join('')
      .trim() || null,
};
