import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { PROGRAM } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../docs/scripts.md'), 'utf8');

/** The code block after a marker, as it is printed. */
function block(name: string): string {
  const [, code] = new RegExp(`<!-- script: ${name} -->\\n\`\`\`\\w+\\n(.*?)\`\`\`\\n`, 's').exec(PAGE) ?? [];
  if (code === undefined) throw new Error(`docs/scripts.md has no script ${name}`);
  return code;
}

/** The texts after `key:` or `- key:`, in order, each without its indentation: on one line, or after `|`. */
function texts(yaml: string, key: RegExp): readonly string[] {
  const lines = yaml.split('\n');
  return lines.flatMap((line, index) => {
    const match = key.exec(line);
    if (match === null) return [];
    const rest = line.slice(match[0].length);
    if (rest !== '|') return [rest];
    const deeper = /^\s*/.exec(lines[index + 1] ?? '')?.[0] ?? '';
    const body = lines.slice(index + 1);
    const end = body.findIndex((text) => text.trim() !== '' && !text.startsWith(deeper));
    return [(end === -1 ? body : body.slice(0, end)).map((text) => text.slice(deeper.length)).join('\n')];
  });
}

let home: string;
let bin: string;

/** Puts a program in the way of one that cannot be here; it notes its arguments in `calls`. */
function standIn(name: string, body = ''): void {
  const file = path.join(bin, name);
  writeFileSync(file, `#!/bin/sh\necho "${name} $*" >>"$HOME/calls"\n${body}\n`);
  chmodSync(file, 0o755);
}

function calls(): string {
  return readFileSync(path.join(home, 'calls'), 'utf8');
}

/** Runs a program with our own on its PATH, in the sandbox. */
function run(
  program: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): { status: number | null; stdout: string; stderr: string } {
  const [file, ...args] = program;
  const PATH = `${bin}:${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd: home,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH, HOME: home, KEYPAIR_SANDBOX: '1', ...env },
  });
  return { status, stdout, stderr };
}

function pairs(provider: string): unknown {
  const { stdout } = run(['keypair', 'list', '-p', provider, '-r', 'all', '--json']);
  return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
}

beforeEach(() => {
  home = temporaryDirectory();
  bin = path.join(home, 'bin');
  mkdirSync(bin);
  symlinkSync(PROGRAM, path.join(bin, 'keypair'));
  standIn('npm');
  standIn('terraform');
  standIn('sleep');
});

// Three keys of 3072 bits are made in each.
describe.each(['sh', 'bash', 'dash'])('the first script, in %s', { timeout: 60_000 }, (shell) => {
  const script = block('sh');
  const copies = (): string => run(['keypair', 'trash', 'list', '--quiet']).stdout;

  it('makes three pairs, and has the agent hold the one that went to stdout', () => {
    const check = `${script}\ntest -f "$key"; printf '%s\\n' "$sha"; ssh-add -l`;
    const { status, stdout, stderr } = run(['ssh-agent', shell, '-c', check]);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^SHA256:\S{43}\n3072 SHA256:\S{43} .*\n$/);
    expect(copies()).toMatch(/-copy\/web\n$/);
  });

  it('stops when keypair fails, with its exit code, and not at an empty variable', () => {
    const { status, stdout } = run([shell, '-c', `${script}\necho went on`], { KEYPAIR_REGION: 'no region' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('stops where no agent takes the key, of which a copy stays', () => {
    const { status, stdout } = run([shell, '-c', `${script}\necho went on`], { SSH_AUTH_SOCK: '/nowhere' });
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    const [copy = ''] = copies().split('\n');
    expect(run(['ssh-keygen', '-lf', copy]).stdout).toMatch(/^3072 SHA256:/);
  });
});

describe('the job of GitHub Actions', () => {
  const yaml = block('github');
  const steps = texts(yaml, /^ {6}(?:- | {2})run: /);
  const [, make = ''] = steps;
  const variables = Object.fromEntries(
    [...yaml.matchAll(/^ {6}([A-Z_]+): (.*)$/gm)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll(/\$\{\{ *[\w.]+ *\}\}/g, '7'),
    ]),
  );
  /** As the runner does: `bash -e`, with what earlier steps put into GITHUB_ENV. */
  const step = (script: string): ReturnType<typeof run> => {
    const file = path.join(home, 'github-env');
    if (!existsSync(file)) writeFileSync(file, '');
    const added = Object.fromEntries(
      readFileSync(file, 'utf8')
        .split('\n')
        .map((line) => line.split('=') as [string, string])
        .filter(([name]) => name !== ''),
    );
    return run(['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      ...variables,
      ...added,
      GITHUB_ENV: file,
    });
  };

  it('makes a pair, has it used, and leaves nothing', () => {
    expect(steps).toHaveLength(5);
    expect(variables).toMatchObject({ KEYPAIR_PROVIDER: 'tencent', KEY_NAME: 'ci_7_7' });
    writeFileSync(path.join(home, 'run-tests.sh'), '#!/bin/sh\nssh-keygen -lf "$2"\n');
    chmodSync(path.join(home, 'run-tests.sh'), 0o755);
    for (const [index, script] of steps.entries()) {
      const { status, stdout, stderr } = step(script);
      expect(status, `${script}\n${stderr}`).toBe(0);
      // A step may be repeated: nothing changes.
      if (index === 1) {
        expect(step(script).status).toBe(0);
        expect(pairs('tencent')).toEqual(['ci_7_7']);
      }
      if (index === 3) expect(stdout).toMatch(/^3072 SHA256:/);
    }
    expect(calls()).toMatch(/^npm install .*\nterraform apply .*key_id=skey-\w{8}\nterraform destroy .*\n$/);
    expect(pairs('tencent')).toEqual([]);
    expect(existsSync(path.join(home, '.ssh/ci_7_7'))).toBe(false);
    // And it cleans up where nothing was made.
    expect(step(steps.at(-1) ?? '').status).toBe(0);
  }, 60_000);

  it.each([
    [2, 2, ''],
    [6, 1, '::error::nothing was changed: run this job again\n'],
    [7, 1, '::error::ci_7_7 may be in the cloud: look before you run this job again\n'],
  ])('tells of exit code %d', (code, status, said) => {
    mkdirSync(path.join(home, 'broken'));
    bin = path.join(home, 'broken');
    standIn('keypair', `exit ${code}`);
    expect(step(make)).toMatchObject({ status, stdout: said });
    expect(readFileSync(path.join(home, 'github-env'), 'utf8')).toBe('');
  });
});

describe('the cloud-init snippet', () => {
  const commands = texts(block('cloud-init'), /^ {2}- /);

  it('gives the bastion a key that ssh takes for the servers behind it', () => {
    expect(block('cloud-init')).toMatch(/^#cloud-config\n/);
    // cloud-init puts all commands into one script.
    const { status, stderr } = run(['sh', '-c', commands.join('\n')]);
    expect(status, stderr).toBe(0);
    const [name = ''] = pairs('tencent') as string[];
    expect(name).toMatch(/^bastion_[A-Za-z0-9]{1,16}$/);
    const settings = run(['ssh', '-G', '-F', path.join(home, '.ssh/config'), '10.0.0.7']).stdout;
    expect(settings).toContain(`identityfile ${path.join(home, '.ssh', name)}\n`);
    expect(calls()).toMatch(/^npm install --global https:\/\/example\.com\//);
  }, 60_000);

  it('tries again when nothing was changed, and at nothing else', () => {
    mkdirSync(path.join(home, 'broken'));
    bin = path.join(home, 'broken');
    standIn('npm');
    standIn('sleep');
    standIn('keypair', 'exit 6');
    expect(run(['sh', '-c', commands.join('\n')]).status).toBe(6);
    expect(calls().match(/^keypair ensure/gm)).toHaveLength(3);
    appendFileSync(path.join(home, 'calls'), '--\n');
    standIn('keypair', 'exit 7');
    expect(run(['sh', '-c', commands.join('\n')]).status).toBe(7);
    expect(
      calls()
        .split('--\n')[1]
        ?.match(/^keypair ensure/gm),
    ).toHaveLength(1);
  });
});

describe('the Makefile', () => {
  it('makes a pair once, shows it, and takes it away', () => {
    writeFileSync(path.join(home, 'Makefile'), block('make'));
    const made = run(['make']);
    expect(made.stderr).not.toContain('error');
    const file = path.join(home, 'keys/deploy');
    expect(made.stdout).toMatch(new RegExp(`^made ${file}\nSHA256:\\S{43}\n$`));
    const shown = run(['ssh-keygen', '-lf', file]).stdout;
    const again = run(['make']);
    expect(again).toMatchObject({ status: 0, stdout: `${shown.split(' ')[1] ?? ''}\n` });
    expect(pairs('aliyun')).toEqual(['deploy']);
    expect(run(['make', 'clean'])).toMatchObject({ status: 0 });
    expect(pairs('aliyun')).toEqual([]);
    expect(existsSync(file)).toBe(false);
    expect(run(['make', 'clean'])).toMatchObject({ status: 0 });
  }, 60_000);

  it('fails when keypair does, although a pipe comes after it', () => {
    writeFileSync(path.join(home, 'Makefile'), block('make'));
    expect(run(['make', 'NAME=1 2']).status).not.toBe(0);
    expect(run(['make'], { KEYPAIR_PROVIDER: 'nobody' }).status).toBe(2);
  });
});
