import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { Interrupts } from '../../../src/interrupts.ts';
import { plainSecret } from '../../../src/ui/plain-prompts.ts';

/** What is taken for the secret when these keys are pressed at a terminal that shows none of them. */
function taken(keys: string): Promise<string> {
  const stdin = new PassThrough();
  const context = { stdin, stderr: { write: () => true }, interrupts: new Interrupts() };
  const asked = plainSecret(context as unknown as Context, 'SecretKey:', () => null);
  stdin.write(keys);
  return asked;
}

it.each([
  ['letters', 'sEcret key\r', 'sEcret key'],
  ['a backspace', 'sex\u007fcret\r', 'secret'],
  ['Ctrl-U, to begin anew', 'wrong\u0015secret\r', 'secret'],
  ['arrows and Delete', 'sec\u001b[D\u001b[C\u001b[3~\u001bOAret\r', 'secret'],
  ['Ctrl-Z and Tab', 'sec\u001a\tret\r', 'secret'],
  ['a paste as terminals mark it', '\u001b[200~secret\u001b[201~\r', 'secret'],
])('a secret that nobody sees has no more in it than was meant: %s', async (_keys, keys, secret) => {
  expect(await taken(keys)).toBe(secret);
});
