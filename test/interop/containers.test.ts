import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { COMMAND, ended, type Run } from '../support/program.ts';
import { serveSandbox, type Served } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';

// Containers with one home and one host name: each has process numbers of its own (pid_namespaces(7)).

let served: Served;
let home: string;
beforeEach(async () => {
  served = await serveSandbox();
  home = temporaryDirectory();
});
afterEach(() => served.close());

/** Starts shell commands as the processes of one container; `$keypair` is the program. */
function container(script: string): ChildProcess {
  const env = {
    ...served.env,
    PATH: process.env['PATH'],
    HOME: home,
    keypair: COMMAND.join(' '),
  };
  // Killing unshare kills the container.
  const args = ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script];
  return spawn('unshare', args, { cwd: home, env, stdio: 'pipe' });
}

function inContainer(script: string): Promise<Run> {
  return ended(container(script));
}

const CREATE = '$keypair create -p tencent -r ap-guangzhou --name foo';

/** Starts a create in a container, whose answer never comes; gives the end of the container. */
async function creating(script: string, action = 'CreateKeyPair'): Promise<() => Promise<unknown>> {
  served.sandbox.fault({ kind: 'hang', when: 'after', action });
  const child = container(script);
  const end = ended(child);
  while (!served.sandbox.log.some((call) => call.action === action)) {
    expect(child.exitCode).toBeNull();
    await setTimeout(20);
  }
  return async () => {
    child.kill('SIGKILL');
    await end;
  };
}

function journal(): readonly string[] {
  const directory = path.join(home, '.local/state/keypair/journal');
  return existsSync(directory) ? readdirSync(directory) : [];
}

it('one does not touch the pair that another is making', async () => {
  // In the other container no process, and no thread, has this number.
  const kill = await creating(`for i in $(seq 60); do true & done; wait; ${CREATE}; true`);
  try {
    for (const exec of ['exec ', '']) {
      const { exit, stderr } = await inContainer(`${exec}${CREATE} --recreate`);
      expect(stderr).toContain('foo is being made (a process of another machine or container)');
      expect(exit).toBe(5);
    }
    const { stdout } = await inContainer('$keypair doctor --fix --yes --json -p tencent -r ap-guangzhou');
    expect(stdout).toContain('foo is being made (a process of another machine or container)');
    expect(journal()).toHaveLength(1);
    expect(served.sandbox.log.map(({ action }) => action)).not.toContain('DeleteKeyPairs');
  } finally {
    await kill();
  }
}, 60_000);

it('restarted with the process numbers of before goes on at once', async () => {
  // The system gives the number of a namespace that has gone to the next one that is made.
  const namespace = path.join(home, 'namespace');
  const kill = await creating(`readlink /proc/self/ns/pid >${namespace}; exec ${CREATE} --local`, 'ImportKeyPair');
  await kill();
  const again = `[ "$(readlink /proc/self/ns/pid)" = "$(cat ${namespace})" ] && exec ${CREATE} --recreate`;
  let restarted: Run;
  do restarted = await inContainer(again);
  while (restarted.exit === 1);
  expect(restarted).toMatchObject({ exit: 0, stdout: expect.stringContaining('foo') as string });
  expect(journal()).toEqual([]);
}, 60_000);

it('loses no setting where two change the configuration at once', async () => {
  const script = (of: string): string =>
    `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do $keypair config set --profile ${of}$i region ap-guangzhou & done; wait`;
  const runs = await Promise.all(['a', 'b'].map((of) => inContainer(script(of))));
  expect(runs.map(({ stderr }) => stderr)).toEqual(['', '']);
  const { profiles } = JSON.parse(readFileSync(path.join(home, '.config/keypair/config.json'), 'utf8')) as {
    profiles: object;
  };
  expect(Object.keys(profiles)).toHaveLength(24);
  expect(readdirSync(path.join(home, '.config/keypair'))).toEqual(['config.json']);
}, 120_000);

it('three containers finish one entry at once: one does it, the others say so', async () => {
  const kill = await creating(`exec ${CREATE} --local`, 'ImportKeyPair');
  await kill();
  served.sandbox.remove({ service: 'cvm', region: 'ap-guangzhou', names: ['foo'] });
  const directory = path.join(home, '.local/state/keypair/journal');
  // Silent for longer than a create can last.
  for (const name of journal()) utimesSync(path.join(directory, name), new Date(0), new Date(0));
  const runs = await Promise.all([1, 2, 3].map(() => inContainer(`exec ${CREATE} --recreate`)));
  const [won, ...others] = runs.sort((a, b) => Number(a.exit) - Number(b.exit));
  expect([won?.exit, won?.stdout]).toEqual([0, expect.stringContaining('foo')]);
  for (const { exit, stdout, stderr } of others) {
    expect([exit, stdout]).toEqual([5, '']);
    expect(stderr).toMatch(
      /^keypair: error: (.*foo is being finished|another process is finishing foo|.*\/foo |.*already exists)/,
    );
  }
  expect([journal(), readdirSync(path.join(home, '.ssh')).sort()]).toEqual([[], ['foo', 'foo.pub']]);
}, 60_000);
