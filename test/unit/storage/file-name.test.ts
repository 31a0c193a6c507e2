import { describe, expect, it } from 'vitest';
import { KeypairError } from '../../../src/errors.ts';
import { checkFileName, fileNameProblem } from '../../../src/storage/file-name.ts';

describe('file names', () => {
  it.each(['foo', 'my_key', 'id_rsa', 'Web-01', 'a:b', 'ключ'])('takes %s', (name) => {
    expect(fileNameProblem(name, 'linux')).toBeNull();
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a\\b',
    'a\0b',
    '.hidden',
    '-oProxyCommand',
    '~root',
    'a\nb',
    'a\u001b[31m',
    'foo.pub',
    'FOO.PUB',
    'config',
    'Config',
    'known_hosts',
    'known_hosts.old',
    'authorized_keys',
    'authorized_keys2',
    'environment',
    'rc',
    'con',
    'NUL',
    'com1.txt',
    'x'.repeat(201),
  ])('refuses %j', (name) => {
    expect(fileNameProblem(name, 'linux')).toEqual(expect.any(String));
    expect(() => {
      checkFileName(name, 'linux');
    }).toThrow(KeypairError);
  });

  it('refuses what Windows cannot store, there only', () => {
    expect(fileNameProblem('a:b', 'win32')).not.toBeNull();
    expect(fileNameProblem('a ', 'win32')).not.toBeNull();
  });
});
