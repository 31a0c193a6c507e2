import { readdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * A name as a file system sees it to which neither case nor the form of an accented letter makes a difference (APFS,
 * HFS+, NTFS, exFAT).
 */
export function foldedName(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/**
 * The names beside a key file that differ from it, or from its `.pub`, only by case or Unicode form. Where they are
 * the same file to the file system it is taken, and refused as such; here they are another one, but where the directory
 * is copied to they may not be. Empty where the directory cannot be read.
 */
export async function lookAlikes(privateKeyFile: string): Promise<readonly string[]> {
  const names = await readdir(path.dirname(privateKeyFile)).catch((): string[] => []);
  const own = path.basename(privateKeyFile);
  const exact = [own, `${own}.pub`];
  const folded = new Set(exact.map(foldedName));
  return names.filter((name) => folded.has(foldedName(name)) && !exact.includes(name)).sort();
}
