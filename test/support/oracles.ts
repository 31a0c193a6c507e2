import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A program of somebody else's that tests ask for the truth. */
interface Oracle {
  readonly program: string;
  /** The Debian package that has it. */
  readonly package: string;
  /** The test files that cannot do without it, as globs. */
  readonly tests: readonly string[];
  /** Whether this machine lets it do its work, where to be there is not enough. */
  readonly works?: () => boolean;
}

const ORACLES: readonly Oracle[] = [
  {
    program: 'ssh-keygen',
    package: 'openssh-client',
    tests: [
      'test/cli/{export,hints,hints-followed,new-vendor,passphrase}.test.ts',
      'test/faults/{kill,errors,rotate}.test.ts',
      'test/interop/{field,ssh-reads}.test.ts',
      'test/interop/{openssh,ssh,ssh-config,sandbox-ssh,sandbox-scripts,readme,passphrase,create-passphrase}.test.ts',
      'test/interop/{authorized-keys,authorized-keys-users,proof,rotate,run-script,servers,servers-interrupted,remote-scripts}.test.ts',
      'test/interop/production-hosts.test.ts',
      'test/interop/puttygen.test.ts',
      'test/interop/scripts-page.test.ts',
      'test/interop/ssh-keygen.test.ts',
      'test/property/keys.test.ts',
      'test/unit/keys/generate.test.ts',
      'test/unit/keys/openssh-oracle.test.ts',
      'test/unit/keys/randomart.test.ts',
      'test/unit/storage/key-directory.test.ts',
      'test/unit/sandbox/keys.test.ts',
      'test/unit/sandbox/seed.test.ts',
    ],
  },
  {
    program: 'ssh-agent',
    package: 'openssh-client',
    tests: ['test/interop/{agent,create-passphrase,ssh,proof}.test.ts'],
  },
  { program: 'puttygen', package: 'putty-tools', tests: ['test/interop/puttygen.test.ts'] },
  {
    program: 'sshd',
    package: 'openssh-server',
    tests: [
      'test/interop/{openssh,ssh,ssh-config,sandbox-ssh,sandbox-scripts,remote-scripts,readme,authorized-keys,proof,rotate,run-script,servers,servers-interrupted}.test.ts',
      'test/faults/rotate.test.ts',
    ],
  },
  {
    program: 'openssl',
    package: 'openssl',
    tests: [
      'test/cli/clients.test.ts',
      'test/faults/network-tls.test.ts',
      'test/unit/sandbox/tls.test.ts',
      'test/interop/{field,passphrase,ssh-reads}.test.ts',
      'test/interop/production-hosts.test.ts',
      'test/unit/http/{ahead,leftovers,route,proxy,tls,trace}.test.ts',
    ],
  },
  {
    program: 'strace',
    package: 'strace',
    tests: [
      'test/cli/passphrase.test.ts',
      'test/faults/{kill,errors,files,links,modes,passphrase,power}.test.ts',
      'test/interop/create-passphrase.test.ts',
    ],
    works: mayTrace,
  },
  {
    program: 'jq',
    package: 'jq',
    tests: ['test/interop/scripts-page.test.ts', 'test/interop/user-script.test.ts'],
  },
  {
    program: 'chmod',
    package: 'coreutils',
    tests: ['test/cli/hints.test.ts', 'test/interop/readme.test.ts'],
  },
  { program: 'iconv', package: 'libc-bin', tests: ['test/cli/key-reading.test.ts'] },
  { program: 'rmdir', package: 'coreutils', tests: ['test/cli/working-directory.test.ts'] },
  { program: 'make', package: 'make', tests: ['test/interop/scripts-page.test.ts'] },
  { program: 'man', package: 'man-db', tests: ['test/interop/manual.test.ts'] },
  { program: 'groff', package: 'groff-base', tests: ['test/interop/manual.test.ts'] },
  {
    program: 'bash',
    package: 'bash',
    tests: [
      'test/interop/completion-bash.test.ts',
      'test/interop/job-control.test.ts',
      'test/interop/completion-values.test.ts',
      'test/interop/scripts-page.test.ts',
      'test/interop/{authorized-keys,authorized-keys-users,proof}.test.ts',
    ],
  },
  {
    program: 'unshare',
    package: 'util-linux',
    tests: ['test/interop/{containers,remote-scripts,safe-directory,sandbox-scripts,ssh-config}.test.ts'],
    works: () => spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0,
  },
  { program: 'setfacl', package: 'acl', tests: ['test/interop/safe-directory.test.ts'] },
  {
    program: 'dash',
    package: 'dash',
    tests: ['test/interop/{scripts-page,authorized-keys,authorized-keys-users}.test.ts'],
  },
  {
    program: 'busybox',
    package: 'busybox',
    tests: ['test/interop/{authorized-keys,authorized-keys-users}.test.ts'],
  },
  {
    program: 'setpriv',
    package: 'util-linux',
    tests: ['test/interop/authorized-keys-users.test.ts'],
    works: () => spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'true']).status === 0,
  },
  { program: 'tmux', package: 'tmux', tests: ['test/interop/tmux.test.ts'] },
  {
    program: 'shellcheck',
    package: 'shellcheck',
    tests: ['test/interop/{completion-bash,authorized-keys}.test.ts'],
  },
  {
    program: 'zsh',
    package: 'zsh',
    tests: ['test/interop/completion-zsh.test.ts', 'test/interop/completion-values.test.ts'],
  },
  {
    program: 'fish',
    package: 'fish',
    tests: ['test/interop/completion-fish.test.ts', 'test/interop/completion-values.test.ts'],
  },
  { program: 'dbus-run-session', package: 'dbus', tests: ['test/interop/keychain.test.ts'] },
  { program: 'gnome-keyring-daemon', package: 'gnome-keyring', tests: ['test/interop/keychain.test.ts'] },
  { program: 'secret-tool', package: 'libsecret-tools', tests: ['test/interop/keychain.test.ts'] },
];

/** The tests below a folder that need an oracle, as globs. */
export function oracleTests(folder: string): readonly string[] {
  return ORACLES.flatMap(({ tests }) => tests).filter((glob) => glob.startsWith(folder));
}

/**
 * The test files that this machine has no oracle for, each named on stderr. With KEYPAIR_ORACLES=required, as in CI,
 * a missing oracle is an error.
 */
export function testsWithoutOracle(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const folders = [...(env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  const missing = ORACLES.filter(
    ({ program, works }) => !folders.some((folder) => existsSync(path.join(folder, program))) || works?.() === false,
  );
  if (missing.length === 0) return [];
  const names = missing.map((oracle) => `${oracle.program} (Debian package ${oracle.package})`).join(', ');
  if (env['KEYPAIR_ORACLES'] === 'required') throw new Error(`oracles are missing: ${names}`);
  console.error(`left out, for want of an oracle: tests with ${names}`);
  return missing.flatMap(({ tests }) => tests);
}

/** Whether a process may trace one that is not its child: root may, others where Yama does not forbid it. */
function mayTrace(): boolean {
  if (process.getuid?.() === 0) return true;
  const yama = '/proc/sys/kernel/yama/ptrace_scope';
  return !existsSync(yama) || readFileSync(yama, 'utf8').trim() === '0';
}
