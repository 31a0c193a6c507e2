import { spawn } from 'node:child_process';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { printable } from '../sanitize.ts';

/** The ssh that is asked. */
export interface Ssh {
  /** Its absolute path. */
  readonly program: string;
  /** Ends it: a command in `Match exec` may take its time. */
  readonly signal: AbortSignal;
}

/** What `ssh -G` says of a host. */
interface Resolved {
  /** Everything, for comparison; with the exit status. */
  readonly whole: string;
  /** Whether ssh could read the configuration. */
  readonly ok: boolean;
  /** The values of a keyword, in order: `identityfile` may have several. */
  readonly values: (keyword: string) => readonly string[];
}

/**
 * What ssh would use for a host (`ssh -G`): it connects nowhere.
 *
 * @param config the file in place of `~/.ssh/config` and the system's configuration; null: these.
 * @param host no option: it is given after `--`.
 * @param port null: that of the configuration.
 * @throws KeypairError `CANCELLED` after an interrupt.
 */
export async function resolveHost(
  ssh: Ssh,
  config: string | null,
  host: string,
  port: number | null = null,
): Promise<Resolved> {
  const from = config === null ? [] : ['-F', config];
  const to = port === null ? [] : ['-p', String(port)];
  const { status, stdout, stderr } = await outputOf(ssh, ['-G', ...from, ...to, '--', host]);
  const lines = stdout.split('\n');
  return {
    whole: `${status}\n${stdout}${status === 0 ? '' : stderr}`,
    ok: status === 0,
    values: (keyword) =>
      lines.filter((line) => line.startsWith(`${keyword} `)).map((line) => line.slice(keyword.length + 1)),
  };
}

/**
 * All files that ssh reads for a configuration, itself included: those of its Include lines, wherever they are.
 *
 * @param shown its path for people, if ssh refuses it.
 * @throws KeypairError `USAGE` if ssh refuses the configuration; `CANCELLED`.
 */
export async function filesRead(ssh: Ssh, config: string, shown: string): Promise<readonly string[]> {
  const { status, stderr } = await outputOf(ssh, ['-v', '-G', '-F', config, '--', 'keypair-check']);
  const lines = stderr.split(/\r?\n/);
  if (status !== 0) {
    const told = lines
      .filter((line) => line !== '' && !line.startsWith('debug') && !line.startsWith('OpenSSH'))
      .join(' ')
      .replaceAll(config, shown);
    throw new KeypairError('USAGE', t`ssh cannot read ${shown}: ${printable(told)}`, {
      hints: [t`nothing was changed: correct that file first`],
    });
  }
  return [...new Set(lines.flatMap((line) => /^debug1: Reading configuration data (.+)$/.exec(line)?.[1] ?? []))];
}

/** The most bytes of one answer. */
const MOST = 4 << 20;

function outputOf(
  { program, signal }: Ssh,
  args: readonly string[],
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (texts[name].length < MOST) texts[name] += text;
      });
    }
    child.once('error', (cause) => {
      // A command that ssh has started may have them open still.
      child.stdout.destroy();
      child.stderr.destroy();
      reject(
        signal.aborted
          ? new KeypairError('CANCELLED', t`cancelled: nothing was changed`)
          : new KeypairError('FAILURE', t`${program} cannot be started`, { cause }),
      );
    });
    child.once('close', (code) => {
      resolve({ status: code ?? -1, ...texts });
    });
  });
}
