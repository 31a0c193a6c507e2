import type { FileHandle } from 'node:fs/promises';
import { writeSynced } from '../../src/storage/fs.ts';
import type { OutputStream } from '../../src/context.ts';
import { printable } from '../../src/sanitize.ts';
import type { Lived } from './clouds.ts';
import type { Difference } from './compare.ts';

/** The longest line, in UTF-16 units. */
const LONGEST = 4000;

/** Prints the facts, what failed and what differs. */
export function printResult(
  stdout: OutputStream,
  cloud: Lived,
  sandbox: Lived,
  differences: readonly Difference[],
): void {
  const print = (line: string): void => {
    stdout.write(`${printable(line, LONGEST)}\n`);
  };
  for (const [title, fact] of cloud.facts) print(`fact: ${title}: ${fact}`);
  for (const { step, code } of cloud.failures) print(`failed: ${step}: ${code}`);
  for (const { step, code } of sandbox.failures) print(`failed in the sandbox: ${step}: ${code}`);
  const lacks = new Set<string>();
  for (const { about, cloud: here, sandbox: there, steps } of differences) {
    if (there === 'absent') lacks.add(about);
    else print(`differs: ${about}: ${here}; in the sandbox: ${there} (${steps.join(', ')})`);
  }
  if (lacks.size > 0) print(`the sandbox lacks: ${[...lacks].join(', ')}`);
  print(`${differences.length} ${differences.length === 1 ? 'difference' : 'differences'} from the sandbox`);
}

/** Writes the redacted answers into an open file. @throws what the file system throws */
export async function saveReport(
  file: FileHandle,
  about: object,
  cloud: Lived,
  sandbox: Lived,
  differences: readonly Difference[],
): Promise<void> {
  const side = ({ exchanges, facts, failures }: Lived): object => {
    return { facts: Object.fromEntries(facts), failures, exchanges };
  };
  const report = { ...about, differences, cloud: side(cloud), sandbox: side(sandbox) };
  await writeSynced(file, `${JSON.stringify(report, null, 2)}\n`);
}
