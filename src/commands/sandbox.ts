import path from 'node:path';
import { instancesDirectory, namesDirectory } from '../completion/cache.ts';
import {
  countSandboxKeyPairs,
  loadSandbox,
  openSandboxInstances,
  sandboxDirectory,
  type Sandbox,
  type SandboxInstance,
} from '../connection/sandbox.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import { defineCommand, DRY_RUN_OPTION } from '../cli/spec.ts';
import { printable, shellWord } from '../sanitize.ts';

const serve = defineCommand({
  name: 'serve',
  unfinished: 'silent',
  withoutProfile: true,
  summary: t`run the stand-in cloud as a server, for this or any other client`,
  changes: [],
  result: async () => (await import('./results/machine.ts')).sandboxServing,
  options: [
    { flags: '--port <number>', summary: t`port on 127.0.0.1 (default: a free one)` },
    { flags: '--ssh', summary: t`let the bound key pairs log in to the instances, through this machine's sshd` },
    { flags: '--run-commands', summary: t`execute the scripts that clients send to the instances, isolated (Linux)` },
  ],
  examples: [
    { line: 'keypair sandbox serve --port 8017', does: t`until Ctrl-C` },
    { line: 'keypair sandbox serve --json', does: t`print one line of JSON with the address, then serve` },
    {
      line: 'keypair sandbox serve --ssh',
      does: t`with instances that can be logged in to, and credentials of its own`,
    },
    {
      line: 'keypair sandbox serve --ssh --run-commands',
      does: t`also with agents that execute scripts`,
    },
  ],
  run: async (session, _args, flags) => {
    const { context } = session;
    const { ssh = false, runCommands = false } = flags;
    const sandbox = await loadSandbox(context, { ssh, runCommands });
    const ownCredentials = ssh || runCommands;
    const server = await listen(sandbox, readPort(flags.port));
    const { credentials } = sandbox;
    const file = path.join(sandboxDirectory(context), `credentials-${server.port}.json`);
    try {
      const instances = ssh ? await openSandboxInstances(context, sandbox) : [];
      if (ownCredentials) await writeCredentials(file, credentials, context.platform);
      session.result({
        json: { url: server.url, credentials, ...(ownCredentials ? { credentialsFile: file, instances } : {}) },
        text: [
          server.url,
          `  TENCENTCLOUD_SECRET_ID=${credentials.secretId} TENCENTCLOUD_SECRET_KEY=${credentials.secretKey}`,
          `  ALIBABA_CLOUD_ACCESS_KEY_ID=${credentials.secretId} ALIBABA_CLOUD_ACCESS_KEY_SECRET=${credentials.secretKey}`,
          ...instances.flatMap((one) => [
            `${one.provider} ${one.region} ${one.id} ${printable(one.name)}`,
            `  ${sshLine(one)}`,
          ]),
          '',
        ].join('\n'),
        quiet: server.url,
      });
      if (ownCredentials) session.info(t`the credentials are also in ${file}`);
      if (runCommands && !(await sandbox.executes()))
        session.warn(t`this machine cannot isolate scripts: none is executed`);
      session.info(t`the stand-in cloud is listening; Ctrl-C stops it`);
      await context.interrupts.regularEnd();
    } finally {
      await server.close();
      // They open nothing any more.
      const { rm } = await import('node:fs/promises');
      if (ownCredentials) await rm(file, { force: true }).catch(() => undefined);
    }
  },
});

/** The file that a program of this user can read the credentials from. The port is ours, so is the name. */
async function writeCredentials(file: string, credentials: Sandbox['credentials'], platform: string): Promise<void> {
  const { makePrivateDirectory, mapFsErrors, replaceFile } = await import('../storage/fs.ts');
  const hints = [t`set XDG_STATE_HOME to a directory that you may write in`];
  const directory = path.dirname(file);
  const write = async (): Promise<void> => {
    await makePrivateDirectory(directory);
    await replaceFile(file, `${JSON.stringify(credentials)}\n`, platform);
  };
  await mapFsErrors(directory, write, { hints });
}

/** The command that logs in to an instance. */
function sshLine({ address, port, user, knownHostsFile, hostKeyAlias }: SandboxInstance): string {
  // ssh splits the value at spaces.
  const known = knownHostsFile.includes(' ') ? `"${knownHostsFile}"` : knownHostsFile;
  const options = `-o HostKeyAlias=${hostKeyAlias} -o ${shellWord(`UserKnownHostsFile=${known}`)}`;
  return `ssh -p ${port} ${options} ${user}@${address}`;
}

const reset = defineCommand({
  name: 'reset',
  unfinished: 'silent',
  withoutProfile: true,
  summary: t`forget every key pair of the stand-in cloud; your key files stay`,
  changes: ['this machine'],
  result: async () => (await import('./results/machine.ts')).sandboxReset,
  options: [DRY_RUN_OPTION],
  examples: [{ line: 'keypair sandbox reset', does: t`begin anew` }],
  run: async (session, _args, { dryRun = false }) => {
    const { rm } = await import('node:fs/promises');
    const state = sandboxDirectory(session.context);
    if (dryRun) {
      session.result({ json: { reset: state, dryRun }, text: `${t`would empty ${state}`}\n`, quiet: '' });
      return;
    }
    await rm(state, { recursive: true, force: true });
    const { forgetSandbox } = await import('../completion/cache.ts');
    for (const directory of [namesDirectory, instancesDirectory]) forgetSandbox(directory(session.context));
    session.result({ json: { reset: state }, text: `${t`emptied ${state}`}\n`, quiet: '' });
  },
});

const status = defineCommand({
  name: 'status',
  unfinished: 'silent',
  withoutProfile: true,
  summary: t`show where the stand-in cloud keeps its state, and what is in it`,
  changes: [],
  result: async () => (await import('./results/machine.ts')).sandboxStatus,
  examples: [{ line: 'keypair sandbox status', does: t`how many key pairs there are, by service and region` }],
  run: async (session) => {
    const stateDir = sandboxDirectory(session.context);
    const counts = await countSandboxKeyPairs(session.context);
    const total = counts.reduce((sum, { keyPairs }) => sum + keyPairs, 0);
    session.result({
      json: { stateDirectory: stateDir, keyPairs: total, services: counts },
      text: [
        total === 1 ? t`${stateDir}: 1 key pair` : t`${stateDir}: ${total} key pairs`,
        ...counts.map(({ service, region, keyPairs }) => `  ${service} ${region}: ${keyPairs}`),
        '',
      ].join('\n'),
      quiet: String(total),
    });
  },
});

/** `keypair sandbox`: the local stand-in cloud as a server, and its state on disk. */
export const sandbox = {
  name: 'sandbox',
  summary: t`the local stand-in cloud: serve it, look at it, empty it`,
  examples: [...serve.examples, ...status.examples, ...reset.examples],
  commands: [serve, reset, status],
} as const;

function readPort(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65535) return port;
  throw new KeypairError('USAGE', t`--port takes a number from 0 to 65535`);
}

interface Listening {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

async function listen(sandbox: { listen(port: number): Promise<Listening> }, port: number): Promise<Listening> {
  try {
    return await sandbox.listen(port);
  } catch (cause) {
    throw new KeypairError('USAGE', t`cannot listen on port ${port}`, {
      hints: [t`another program may be using it: choose another --port, or leave it out`],
      cause,
    });
  }
}
