import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants as modes, statSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type { Context } from '../context.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';

/**
 * The absolute path of a program of the user's OpenSSH: the first on PATH. Relative entries of PATH do not count.
 *
 * @throws KeypairError `NOT_FOUND`.
 */
export function findProgram({ env, platform }: Pick<Context, 'env' | 'platform'>, name: string): string {
  const file = platform === 'win32' ? `${name}.exe` : name;
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const found = folders.map((folder) => path.join(folder, file)).find(isExecutable);
  if (found !== undefined) return found;
  throw new KeypairError('NOT_FOUND', t`there is no ${name} on PATH`, {
    hints: [t`install OpenSSH: on Debian and Ubuntu the package is openssh-client`],
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, modes.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program that has the terminal, stdin, stdout and stderr to itself until it ends. Signals are passed on to it.
 *
 * @param program its absolute path.
 * @returns its exit status; 128 and the signal's number if a signal killed it.
 * @throws KeypairError `FAILURE` if it cannot be started; `CANCELLED` after an interrupt.
 */
export async function runInTerminal(
  { interrupts }: Pick<Context, 'interrupts'>,
  program: string,
  args: readonly string[],
): Promise<number> {
  if (interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
  const child = spawn(program, args, { stdio: 'inherit' });
  return interrupts.handOver(
    (signal) => child.kill(signal),
    async () => {
      try {
        const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
        return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      } catch (cause) {
        throw new KeypairError('FAILURE', t`${program} cannot be started`, { cause });
      }
    },
  );
}
