/** What has been counted, said at the end of a run. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string, count = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }

  /** `points killed: 80` … one line each, in the order in which they were first counted. */
  toString(): string {
    return [...this.#counts].map(([what, count]) => `  ${what}: ${count}`).join('\n');
  }
}
