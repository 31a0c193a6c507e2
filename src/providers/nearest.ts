/**
 * The name that is at most a third of its letters away from the text, or begins with it; the nearest, or null.
 *
 * @param farthest how many letters it may be away in any case.
 */
export function nearest(text: string, names: readonly string[], farthest = Infinity): string | null {
  const ranked = names
    .map((name) => ({ name, steps: text.length > 1 && name.startsWith(text) ? 0 : distance(text, name) }))
    .filter(({ name, steps }) => steps <= Math.min(farthest, Math.ceil(name.length / 3)))
    .sort((a, b) => a.steps - b.steps);
  return ranked[0]?.name ?? null;
}

/** How many letters must be added, left out or changed (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(from).entries()) {
    const next = [index + 1];
    for (const [column, other] of Array.from(to).entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
