import { describe, expect, it } from 'vitest';
import { publicKeyIn } from '../../../src/keys/public-key.ts';
import { keysScript, readKeysAnswer } from '../../../src/ssh/authorized-keys.ts';

const MARKER = 'abcdefgh12345678';
const octal = (text: string): string =>
  [...Buffer.from(text)].map((byte) => byte.toString(8).padStart(3, '0')).join('');

const BLOB = Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 9),
]);
const FILE = '/home/carol/.ssh/authorized_keys';
const GOOD = [
  'result looked - - 1 -',
  `account ${octal('carol')} present ${octal(FILE)} `,
  `host ssh-ed25519 ${BLOB.toString('base64')}`,
  'end',
];

function read(lines: readonly string[], marker = MARKER): ReturnType<typeof readKeysAnswer> {
  return readKeysAnswer(lines.map((line) => `${MARKER} ${line}\n`).join(''), marker);
}

/** The answer with one line in place of another. */
const withLine = (index: number, line: string): readonly string[] => GOOD.map((one, at) => (at === index ? line : one));

describe('the answer about authorized_keys', () => {
  it('is read between anything else', () => {
    const answer = {
      result: 'looked',
      refusal: null,
      path: null,
      accounts: [{ user: 'carol', presence: 'present', files: [FILE] }],
      askedSshd: true,
      hostKeys: [`ssh-ed25519 ${BLOB.toString('base64')}`],
      expires: null,
    };
    expect(read(GOOD)).toEqual(answer);
    const noisy = GOOD.map((line) => `noise ${MARKER} end\r\n${MARKER} ${line}\r\nmore\0`).join('\n');
    expect(readKeysAnswer(noisy, MARKER)).toEqual(answer);
  });

  it.each([
    ['another marker', GOOD, 'zzzzzzzzzzzz'],
    ['a marker that is none', GOOD, '.*'],
    ['nothing', []],
    ['no end', GOOD.slice(0, -1)],
    ['no first line', GOOD.slice(1)],
    ['two answers', [...GOOD, ...GOOD]],
    ['more after the end', [...GOOD, 'host a b']],
    ['no account', [...GOOD.slice(0, 1), 'end']],
    ['a result that is none', withLine(0, 'result gone - - 1 -')],
    ['a property of every object', withLine(0, 'result constructor - - 1 -')],
    ['a refusal that is none', withLine(0, 'result refused gone - 1 -')],
    ['a refusal without a reason', withLine(0, 'result refused - - 1 -')],
    ['a reason without a refusal', withLine(0, 'result looked link - 1 -')],
    ['a relative path', withLine(0, `result added - ${octal('a/b')} 1 -`)],
    ['a path with a line break', withLine(0, `result added - ${octal('/a\nb')} 1 -`)],
    ['a path that is no UTF-8', withLine(0, 'result added - 057377 1 -')],
    ['a path with an odd number of digits', withLine(0, `result added - ${octal('/a')}1 1 -`)],
    ['a path with a byte over 255', withLine(0, 'result added - 057777 1 -')],
    ['a long path', withLine(0, `result added - ${octal(`/${'a'.repeat(300)}`)} 1 -`)],
    ['a time that is none', withLine(0, 'result looked - - 1 2026')],
    ['a user with a control character', withLine(1, `account ${octal('a\u001b[1m')} present `)],
    ['a presence that is none', withLine(1, `account ${octal('carol')} gone `)],
    ['a file that is relative', withLine(1, `account ${octal('carol')} present ${octal('x')}`)],
    ['many files', withLine(1, `account ${octal('carol')} present${` ${octal('/x')}`.repeat(9)}`)],
    ['a host key with options', withLine(2, `host command="x" ssh-ed25519 ${BLOB.toString('base64')}`)],
    ['a line that is unknown', withLine(2, 'hello')],
  ])('is refused with %s', (_what, lines, marker = MARKER) => {
    expect(read(lines, marker)).toBeNull();
  });

  it('leaves out host keys of types that are not known, and those that lie about theirs', () => {
    const blob = BLOB.toString('base64');
    for (const line of [`host ssh-mldsa ${Buffer.alloc(80, 7).toString('base64')}`, `host ssh-rsa ${blob}`])
      expect(read(withLine(2, line))).toMatchObject({ hostKeys: [] });
  });
});

describe('the script about authorized_keys', () => {
  const publicKey = publicKeyIn(BLOB, 'me; $(reboot) `x` \'y\' "z"');
  const add = { op: 'add', user: 'root', publicKey, files: null, lifetimeSeconds: 60 } as const;

  it('takes no word that a shell would read', () => {
    const files = ["/home/a b/$(x)'/`keys`"];
    const script = keysScript({ ...add, files }, MARKER);
    expect(Buffer.byteLength(script)).toBeLessThan(12 * 1024);
    for (const line of script.split('\nunalias')[0]?.split('\n') ?? []) expect(line).toMatch(/^\w+=[\w.@+/=-]*$/);
    expect(() => keysScript({ ...add, user: 'a;b' }, MARKER)).toThrow('--user');
    expect(() => keysScript(add, 'a b')).toThrow();
  });

  it('refuses what would be longer than an agent takes', () => {
    const files = Array.from({ length: 20 }, (_, row) => `/${String(row).repeat(150)}`);
    expect(() => keysScript({ ...add, files }, MARKER)).toThrow('too long');
  });
});
