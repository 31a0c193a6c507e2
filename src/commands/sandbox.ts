import path from 'node:path';
import { instancesDirectory, namesDirectory } from '../completion/cache.ts';
import {
  countSandboxKeyPairs,
  loadSandbox,
  openSandboxInstances,
  sandboxDirectory,
  sandboxError,
  type Sandbox,
  type SandboxInstance,
} from '../connection/sandbox.ts';
import type { Context } from '../context.ts';
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
    { flags: '--tls', summary: t`serve https, with a certificate authority of its own (needs openssl)` },
    { flags: '--no-limits', summary: t`without rate limits and quotas, for load tests` },
    { flags: '--ssh', summary: t`let the bound key pairs log in to the instances, through this machine's sshd` },
    { flags: '--run-commands', summary: t`execute the scripts that clients send to the instances, isolated (Linux)` },
  ],
  examples: [
    { line: 'keypair sandbox serve --port 8017', does: t`until Ctrl-C` },
    { line: 'keypair sandbox serve --json', does: t`print one line of JSON with the address, then serve` },
    { line: 'keypair sandbox serve --tls', does: t`for clients that speak only https` },
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
    const { ssh = false, runCommands = false, tls = false, limits = true } = flags;
    const port = readPort(flags.port);
    const ownCredentials = ssh || runCommands;
    if (tls || ownCredentials) await makeStateDirectory(context);
    const sandbox = await loadSandbox(context, { ssh, runCommands, tls, limits });
    const server = await listen(context, sandbox, port);
    const { credentials } = sandbox;
    // The port is ours, so are the names.
    const file = path.join(sandboxDirectory(context), `credentials-${server.port}.json`);
    const ca = path.join(sandboxDirectory(context), `ca-${server.port}.pem`);
    try {
      const instances = ssh ? await openSandboxInstances(context, sandbox) : [];
      if (ownCredentials) await writeStateFile(context, file, `${JSON.stringify(credentials)}\n`);
      if (server.ca !== null) await writeStateFile(context, ca, server.ca);
      session.result({
        json: {
          url: server.url,
          credentials,
          ...(tls ? { ca } : {}),
          ...(ownCredentials ? { credentialsFile: file, instances } : {}),
        },
        text: [
          server.url,
          ...(tls ? CA_VARIABLES.map((name) => `  ${name}=${shellWord(ca)}`) : []),
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
      // First, since another server may take the port and its names.
      const { rm } = await import('node:fs/promises');
      for (const one of [...(ownCredentials ? [file] : []), ...(tls ? [ca] : [])])
        await rm(one, { force: true }).catch(() => undefined);
      await server.close();
    }
  },
});

/** The variables that clients in Node, Python with requests, and OpenSSL or Go read the CA's file from. */
const CA_VARIABLES = ['NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE'];

/** Makes the directory of the files that clients trust. @throws KeypairError `USAGE` if others may write in it. */
async function makeStateDirectory(context: Context): Promise<void> {
  const [{ makePrivateDirectory, mapFsErrors }, { tryOwnDirectory }] = await Promise.all([
    import('../storage/fs.ts'),
    import('../storage/trial.ts'),
  ]);
  const directory = sandboxDirectory(context);
  const hint = t`set XDG_STATE_HOME to a directory that you may write in`;
  const refusal = await tryOwnDirectory(directory, context, hint);
  if (refusal !== null) throw refusal;
  await mapFsErrors(directory, () => makePrivateDirectory(directory), { hints: [hint] });
}

/** Writes a file that a program of this user can read. */
async function writeStateFile(context: Context, file: string, text: string): Promise<void> {
  const { mapFsErrors, replaceFile } = await import('../storage/fs.ts');
  const hints = [t`set XDG_STATE_HOME to a directory that you may write in`];
  await mapFsErrors(path.dirname(file), () => replaceFile(file, text, context.platform), { hints });
}

/** The command that logs in to an instance. */
function sshLine({ address, port, user, knownHostsFile, hostKeyAlias }: SandboxInstance): string {
  // ssh splits the value at spaces.
  const known = knownHostsFile.includes(' ') ? `"${knownHostsFile}"` : knownHostsFile;
  const options = `-o HostKeyAlias=${hostKeyAlias} -o ${shellWord(`UserKnownHostsFile=${known}`)}`;
  return `ssh -p ${port} ${options} ${user}@${address}`;
}

/** The files of a server that may be running: it removes them at its end. */
const SERVED_FILE = /^(?:ca-\d+\.pem|credentials-\d+\.json)$/;

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
    const { lstat, readdir, rm } = await import('node:fs/promises');
    const state = sandboxDirectory(session.context);
    if (dryRun) {
      session.result({ json: { reset: state, dryRun }, text: `${t`would empty ${state}`}\n`, quiet: '' });
      return;
    }
    const found = await lstat(state).catch(() => null);
    // Of a link, only the link is ours.
    const names = found?.isDirectory() === true ? await readdir(state) : [''];
    for (const name of names)
      if (!SERVED_FILE.test(name)) await rm(path.join(state, name), { recursive: true, force: true });
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

async function listen(context: Context, sandbox: Sandbox, port: number): ReturnType<Sandbox['listen']> {
  try {
    return await sandbox.listen(port);
  } catch (cause) {
    // Ctrl-C ends openssl, too.
    if (context.interrupts.requested) throw new KeypairError('CANCELLED', t`cancelled`);
    if (!(cause instanceof Error && 'syscall' in cause && cause.syscall === 'listen'))
      throw sandboxError(context, cause, 'USAGE');
    throw new KeypairError('USAGE', t`cannot listen on port ${port}`, {
      hints: [t`another program may be using it: choose another --port, or leave it out`],
      cause,
    });
  }
}
