import { t } from './t.ts';

/** Things of one kind in a row, for people: `a, b, c`. */
export function joinList(things: readonly (string | number)[]): string {
  return things.join(t`, `);
}

/** What is said of one thing, one after the other: `tencent, ap-guangzhou`. */
export function formatFacts(facts: readonly string[]): string {
  return facts.length === 0 ? '' : facts.reduce((before, fact) => t`${before}, ${fact}`);
}

/** Sentences, or things that may have commas in them, on one line: `a; b`. */
export function joinSentences(parts: readonly string[]): string {
  return parts.join(t`; `);
}

/** A thing and, after it, what helps to tell it from others: `foo (skey-1)`; null: there is nothing. */
export function withNote(thing: string, note: string | null): string {
  return note === null || note === '' ? thing : t`${thing} (${note})`;
}

/** What is said of a thing, after its name: `~/.tccli: it is empty`. */
export function withLabel(thing: string, says: string): string {
  return t`${thing}: ${says}`;
}
