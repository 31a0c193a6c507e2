import { afterAll } from 'vitest';

/** KEYPAIR_FUZZ=<number>: how many times as many inputs as usual. */
const FACTOR = Math.max(1, Number(process.env['KEYPAIR_FUZZ'] ?? '1') || 1);

let total = 0;

/** How many inputs a property gets: `usual`, times KEYPAIR_FUZZ. Counted, and told at the end of the file's tests. */
export function runs(usual: number): { readonly numRuns: number } {
  const numRuns = Math.round(usual * FACTOR);
  total += numRuns;
  return { numRuns };
}

afterAll(() => {
  console.log(`fuzz: ${total} inputs`);
});
