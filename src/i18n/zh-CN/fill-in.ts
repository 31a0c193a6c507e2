import type { Fill } from '../t.ts';

/** What is written without a blank beside a Han character: another one, punctuation of full width, or nothing at all. */
const CLOSE = String.raw`\p{Script=Han}\u3000-\u303f\uff01-\uff60“”‘’`;
const ENDS_CLOSE = new RegExp(`(?:^|[${CLOSE}])$`, 'u');
const BEGINS_CLOSE = new RegExp(`^(?:$|[${CLOSE}])`, 'u');

/**
 * Puts values into a Chinese text. The catalogs have a blank between a Han character and a value, as between Han and
 * Latin: it goes where the value turns out to be Chinese, or to begin or end in punctuation of full width, or empty.
 */
export const fillIn: Fill = (words, values) =>
  words.replace(/( ?)\{(\d+)\}( ?)/g, (all, before: string, index: string, after: string, at: number) => {
    const value = String(values[Number(index)] ?? '');
    const left = ENDS_CLOSE.test(words.slice(0, at)) && BEGINS_CLOSE.test(value) ? '' : before;
    const right = BEGINS_CLOSE.test(words.slice(at + all.length)) && ENDS_CLOSE.test(value) ? '' : after;
    return left + value + right;
  });
