import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';

/**
 * Names with a meaning for OpenSSH in `~/.ssh` (ssh(1) FILES, sshd(8) FILES). OpenSSH would misread a key under such a
 * name, or the key would block the real file.
 */
const OPENSSH_NAMES = new Set([
  'authorized_keys',
  'authorized_keys2',
  'authorized_principals',
  'config',
  'config.d',
  'environment',
  'known_hosts',
  'known_hosts2',
  'known_hosts.old',
  'rc',
  'agent',
  'sockets',
  'control',
  // Of ssh-config, for ssh to read.
  'keypair.config',
]);

/** Device names of Windows, with any extension. */
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/**
 * Why `name` cannot be a key file's name, as a sentence for people, or null. Case does not count: `CONFIG` is `config`
 * on a Mac.
 */
export function fileNameProblem(name: string, platform: string): string | null {
  if (name === '') return t`the name is empty`;
  if (/[/\\\0]/.test(name)) return t`a name with a path in it could leave the key directory`;
  if (name === '.' || name === '..' || name.startsWith('.')) return t`a name that begins with a dot is hidden`;
  if (name.startsWith('-')) return t`a name that begins with - would be taken for an option`;
  if (name.startsWith('~')) return t`a name that begins with ~ would be taken for a home directory`;
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return t`a name cannot hold control characters`;
  if (Buffer.byteLength(name) > 200) return t`the name is too long for a file`;
  if (/\.pub$/i.test(name)) return t`a name that ends in .pub is for a public key`;
  if (OPENSSH_NAMES.has(name.toLowerCase())) return t`OpenSSH gives the file name ${name} a meaning of its own`;
  if (WINDOWS_DEVICE.test(name)) return t`Windows reserves this name for a device`;
  if (platform === 'win32' && /[<>:"|?*]|[. ]$/.test(name)) return t`Windows does not allow this file name`;
  return null;
}

/**
 * Refuses an invalid name of a key file.
 *
 * @throws KeypairError `USAGE`.
 */
export function checkFileName(name: string, platform: string): void {
  const problem = fileNameProblem(name, platform);
  if (problem === null) return;
  throw new KeypairError('USAGE', t`${JSON.stringify(name)} cannot be the name of a key file: ${problem}`, {
    hints: [t`choose another name, or save the file elsewhere with --output FILE`],
  });
}

/** A name as file systems compare it that ignore case and Unicode form (APFS, HFS+, NTFS, exFAT). */
export function caseFold(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/**
 * The names beside a key file that differ from it, or from its `.pub`, only by case or Unicode form. If the file system
 * treats them as the same file, the name is taken and refused as such. Here they are other files, but may collide after
 * a copy to another file system. Empty if the directory cannot be read.
 */
export async function caseCollisions(privateKeyFile: string): Promise<readonly string[]> {
  const names = await readdir(path.dirname(privateKeyFile)).catch((): string[] => []);
  const own = path.basename(privateKeyFile);
  const exact = [own, `${own}.pub`];
  const folded = new Set(exact.map(caseFold));
  return names.filter((name) => folded.has(caseFold(name)) && !exact.includes(name)).sort();
}
