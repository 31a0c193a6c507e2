import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { KeypairError } from '../errors.ts';
import { t, translated } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';
import { Secret } from '../secret.ts';

/** The longest file that is read, in bytes. Alibaba takes tokens of up to 20,000 characters. */
const LONGEST = 64 * 1024;

/**
 * The token of an identity provider, as the cluster leaves it in a file and writes it anew before it ends. Links are
 * followed and the mode is not asked for: Kubernetes mounts such tokens as links, readable for the pod's group.
 *
 * @throws KeypairError `AUTH` naming the file, when it cannot be read, is no regular file, or holds no token.
 */
export async function readTokenFile(file: string): Promise<Secret> {
  const text = (await read(file)).trim();
  if (!/^[\x21-\x7e]+$/.test(text)) throw unusable(file, t`it holds no token of one line`);
  return new Secret(text);
}

async function read(path: string): Promise<string> {
  // Opening a pipe would wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const reason = REASONS[code];
    throw unusable(path, reason === undefined ? t`it cannot be opened (${code})` : translated(reason));
  });
  try {
    if (!(await file.stat()).isFile()) throw unusable(path, t`it is no regular file`);
    const buffer = Buffer.alloc(LONGEST + 1);
    let length = 0;
    for (let last = -1; last !== 0 && length < buffer.length; length += last) {
      last = (await file.read(buffer, length, buffer.length - length, length)).bytesRead;
    }
    if (length > LONGEST) throw unusable(path, t`it is larger than 64 KiB`);
    return buffer.toString('utf8', 0, length);
  } finally {
    await file.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
};

function unusable(path: string, why: string): KeypairError {
  return new KeypairError('AUTH', t`the token file ${printable(path)} is of no use: ${why}`, {
    hints: ['the cluster or the CI system writes it: check its variable, and the setting that mounts it'],
  });
}
