import path from 'node:path';
import { defaultKeyDirectory, expandPath, stateDirectory } from '../config/paths.ts';
import type { Secret } from '../credentials/secret.ts';
import { KeypairError, SeveralFailures } from '../errors.ts';
import type { CreateRequest } from '../providers/types.ts';
import type { Session } from '../session.ts';
import { checkFree } from '../store/key-place.ts';
import { checkFileName } from '../store/names.ts';
import type { Style } from '../ui/color.ts';
import { connect, type Connection, settleTarget, type Target } from './connect.ts';
import type { CreateFlags } from './create.ts';
import { answersFor } from './create-answers.ts';
import { createKeyPair, type Destination } from './create-life.ts';
import { requestsFor } from './create-request.ts';
import { keyPairResult } from './key-pair-result.ts';

/** Runs `create`: everything is checked for every name before the first call. */
export async function runCreate(session: Session, flags: Partial<CreateFlags>): Promise<void> {
  const { descriptor, names } = await answersFor(session, flags);
  const requests = requestsFor(descriptor, names, flags);
  const jobs: Job[] = [];
  for (const request of requests)
    jobs.push({ request, destination: await destinationFor(session, request, flags) });
  const target = await settleTarget(session, descriptor, flags.apiVersion ?? null);
  if (flags.dryRun === true) {
    const style = await session.style(session.context.stdout);
    for (const job of jobs) showPlan(session, target, job, style);
    return;
  }
  const connection = await session.during('getting ready', () => connect(session, target));
  try {
    await createAll(session, connection, jobs);
  } finally {
    await connection.close();
  }
}

interface Job {
  readonly request: CreateRequest;
  readonly destination: Destination;
}

/** One after the other; what fails is told at once and the rest goes on, but not after Ctrl-C or with bad credentials. */
async function createAll(session: Session, connection: Connection, jobs: readonly Job[]): Promise<void> {
  const failures: KeypairError[] = [];
  for (const { request, destination } of jobs) {
    try {
      await createOne(session, connection, request, destination);
    } catch (error) {
      if (!(error instanceof KeypairError)) throw error;
      session.failed(error);
      failures.push(error);
      if (error.code === 'AUTH' || session.context.interrupts.requested) break;
    }
  }
  if (failures.length > 0) throw new SeveralFailures(failures);
}

async function createOne(
  session: Session,
  connection: Connection,
  request: CreateRequest,
  destination: Destination,
): Promise<void> {
  const { context, settings } = session;
  const known = await session.during(`creating ${request.name} in ${connection.region}`, () =>
    createKeyPair(session, connection, request, destination),
  );
  // With the private key on stdout, the words go to stderr.
  const stream = destination.handOver === null ? context.stdout : context.stderr;
  const result = keyPairResult(known, await session.style(stream));
  if (destination.handOver !== null) {
    if (!settings.quiet) context.stderr.write(result.text);
    return;
  }
  session.result(result);
  session.note(`next: ssh -i ${shellPath(session, destination.file)} USER@HOST`);
}

async function destinationFor(
  session: Session,
  request: CreateRequest,
  flags: Partial<CreateFlags>,
): Promise<Destination> {
  const { context, settings } = session;
  const { output } = flags;
  if (output !== undefined) {
    if (flags.keyDir !== undefined)
      throw new KeypairError('USAGE', '--key-dir and --output are two places: give one');
    if ((flags.name?.length ?? 1) > 1)
      throw new KeypairError('USAGE', '--output is one file, and there are several names');
    if (output === '-') return toStdout(session, request.name);
    const file = expandPath(output, context.cwd, context.home);
    checkFileName(path.basename(file), context.platform);
    await checkFree(file);
    return { file, handOver: null };
  }
  checkFileName(request.name, context.platform);
  const directory = flags.keyDir ?? settings.keyDir;
  const file = path.join(
    directory === null ? defaultKeyDirectory(context) : expandPath(directory, context.cwd, context.home),
    request.name,
  );
  await checkFree(file);
  return { file, handOver: null };
}

function toStdout({ context, settings }: Session, name: string): Destination {
  if (settings.json) {
    throw new KeypairError(
      'USAGE',
      '--output - puts the private key on stdout, and --json puts JSON there: give one',
    );
  }
  if (context.stdout.isTTY === true) {
    throw new KeypairError('USAGE', 'a private key is not printed on a terminal', {
      hints: ['send stdout to a program or a file, or leave --output - out'],
    });
  }
  const held = path.join(stateDirectory(context), 'stdout', `${name}-${context.pid}`);
  return {
    file: held,
    handOver: (privateKey: Secret) =>
      new Promise((resolve, reject) => {
        context.stdout.write(privateKey.reveal(), (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}

function showPlan(session: Session, target: Target, { request, destination }: Job, style: Style): void {
  const file = destination.handOver === null ? destination.file : null;
  const plan = {
    dryRun: true,
    provider: target.descriptor.id,
    region: target.region,
    endpoint: target.endpoint.origin,
    name: request.name,
    tags: request.tags,
    credentials: target.credentials?.source ?? 'sandbox',
    privateKeyPath: file,
    publicKeyPath: file === null ? null : `${file}.pub`,
    sandbox: session.settings.sandbox,
  };
  session.result({
    json: plan,
    text: [
      `would create ${style.strong(request.name)}`,
      `  ${style.faint('provider'.padEnd(14))}${plan.provider}, ${plan.region}${plan.sandbox ? ' (sandbox)' : ''}`,
      `  ${style.faint('endpoint'.padEnd(14))}${plan.endpoint}`,
      `  ${style.faint('credentials'.padEnd(14))}${plan.credentials}`,
      `  ${style.faint('private key'.padEnd(14))}${file ?? 'stdout'}`,
      '',
    ].join('\n'),
    quiet: file ?? request.name,
  });
}

/** A path as a person would type it: `~/.ssh/foo`, quoted where a shell would need it. */
function shellPath({ context }: Session, file: string): string {
  const short = file.startsWith(`${context.home}/`) ? `~${file.slice(context.home.length)}` : file;
  return /^[\w~./:@%+-]+$/.test(short) ? short : `'${file.replaceAll("'", String.raw`'\''`)}'`;
}
