/** Whether a pattern has wildcards: `*` for any text, `?` for any one character. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** A test for names; everything but `*` and `?` stands for itself. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const source = Array.from(pattern, (c) => (c === '*' ? '.*' : c === '?' ? '.' : escaped(c))).join('');
  const expression = new RegExp(`^${source}$`, 'su');
  return (name) => expression.test(name);
}

function escaped(character: string): string {
  return /[\\^$.|+()[\]{}]/.test(character) ? `\\${character}` : character;
}
