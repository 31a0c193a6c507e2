import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { confirm, createSession, type Session } from '../../src/cli/session.ts';
import { resolveSettings } from '../../src/cli/settings.ts';
import { loadProfile } from '../../src/config/load.ts';
import { resolveTarget, type Target } from '../../src/connection/target.ts';
import type { Context } from '../../src/context.ts';
import { EXIT_CODES, KeypairError } from '../../src/errors.ts';
import { expandPath } from '../../src/paths.ts';
import { descriptors, findDescriptor } from '../../src/providers/registry.ts';
import { printable, shellWord } from '../../src/sanitize.ts';
import { createExclusive, discard, mapFsErrors } from '../../src/storage/fs.ts';
import type { Behaviour } from '../../sandbox/behaviour.ts';
import { generateKeyPair } from '../../src/keys/generate.ts';
import { liveInCloud, liveInSandbox, placeOf, type Run, say, secondRegion } from './clouds.ts';
import { compare } from './compare.ts';
import { isOn, SCRIPT } from './instance.ts';
import { PREFIX } from './made-names.ts';
import { checkNotes } from './notes.ts';
import { printResult, saveReport } from './report.ts';
import { can } from './side.ts';

const USAGE = `Usage: npm run live -- --provider ID --region ID [options]

Makes some key pairs in your account, changes and deletes them, and tells where the
service answers otherwise than the sandbox. test/live/README.md says what happens.

  -p, --provider ID     ${descriptors.map(({ id }) => id).join(', ')}
  -r, --region ID       where the key pairs are made
      --instance ID     also run '${SCRIPT}' on this instance, and bind a key where this adds one
      --attach          bind a key to the instance even where this replaces the one that it has
      --site cn|intl    the vendor's site that the account belongs to
      --endpoint URL    call this address
      --api-version V   the version of the API, of qcloud
      --profile NAME    a profile of keypair
      --output FILE     where to save the redacted answers
  -y, --yes             do not ask
  -h, --help            show this help
`;

const OPTIONS = {
  provider: { type: 'string', short: 'p' },
  region: { type: 'string', short: 'r' },
  instance: { type: 'string' },
  attach: { type: 'boolean' },
  site: { type: 'string' },
  endpoint: { type: 'string' },
  'api-version': { type: 'string' },
  profile: { type: 'string' },
  output: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
} as const;

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    throw usage(printable(message.charAt(0).toLowerCase() + message.slice(1)));
  }
}

function usage(message: string): KeypairError {
  return new KeypairError('USAGE', message, { hints: ['see npm run live -- --help'] });
}

const OTHER_FILE = { hints: ['name another file with --output'] };

/**
 * Runs the suite. The result goes to stdout, everything else to stderr.
 *
 * @param behaviour what the sandbox does otherwise, for tests.
 * @returns the exit code: 0 if nothing differs and nothing failed.
 * @throws KeypairError for what prevents it, before anything is made.
 */
export async function main(
  context: Context,
  args: readonly string[],
  behaviour: Partial<Behaviour> = {},
): Promise<number> {
  const options = readOptions(args);
  if (options.help === true) {
    context.stdout.write(USAGE);
    return 0;
  }
  const session = await openSession(context, options);
  const { provider, region } = session.settings;
  const missing = [...(provider === null ? ['--provider'] : []), ...(region === null ? ['--region'] : [])];
  if (missing.length > 0) throw usage(`missing: ${missing.join(', ')}`);
  const descriptor = findDescriptor(provider ?? '');
  const target = await resolveTarget(session, descriptor, options['api-version'] ?? null);
  if (options.instance !== undefined && !can(target, 'instances')) throw usage('the service lists no instances');
  if (options.attach === true && options.instance === undefined) throw usage('--attach needs --instance');
  const rsaKey = await generateKeyPair('rsa-2048', '');
  const run = { session, target, instance: options.instance ?? null, attach: options.attach === true, rsaKey };
  const stamp = context.now().toISOString().replace(/\D/g, '').slice(0, 14);
  const file = expandPath(options.output ?? `kplive-${descriptor.id}-${target.region}-${stamp}.json`, context);
  tellPlan(run, file);
  await confirm(session, 'Go on?');
  await checkNotes(context);
  // Made before anything else: nobody wants to learn at the end that the answers cannot be saved.
  const handle = await mapFsErrors(path.dirname(file), () => createExclusive(file, 0o600), OTHER_FILE);
  const written = await compareClouds(run, { handle, file }, behaviour).catch(async (error: unknown) => {
    await discard(handle, file);
    throw error;
  });
  if (written === EXIT_CODES.CANCELLED) await discard(handle, file);
  else say(context, `saved the redacted answers in ${file}`);
  await handle.close();
  return written;
}

async function openSession(context: Context, options: ReturnType<typeof readOptions>): Promise<Session> {
  const flags = Object.fromEntries(
    (['provider', 'region', 'site', 'endpoint', 'profile', 'yes'] as const).flatMap((name) =>
      options[name] === undefined ? [] : [[name, options[name]]],
    ),
  );
  const warn = (line: string): void => {
    say(context, `warning: ${line}`);
  };
  const { chosenProfile } = resolveSettings(flags, context.env);
  const settings = resolveSettings(flags, context.env, await loadProfile(context, chosenProfile, warn));
  if (settings.sandbox) throw usage('the sandbox cannot be compared with itself: unset KEYPAIR_SANDBOX');
  const made = createSession(context, { ...settings, json: false, quiet: false });
  return {
    ...made,
    warn,
    info: (line) => {
      say(context, line);
    },
  };
}

function tellPlan({ session, target, instance, attach }: Run, file: string): void {
  const { descriptor, region, endpoint, credentials } = target;
  const other = secondRegion(target);
  const lines = [
    `${descriptor.title}, ${region}, ${endpoint.origin}, with the credentials of ${credentials?.source ?? ''}`,
    `makes at most six key pairs named ${PREFIX}…${other === null ? '' : `, one of them in ${other}`}, and deletes them`,
    `deletes what an earlier run has left, if its name was noted here and the pair is not older than the note`,
    ...(instance === null ? ['touches no instance'] : instancePlan(target, instance, attach)),
    `saves the redacted answers in ${file}`,
  ];
  for (const line of lines) say(session.context, `plan: ${line}`);
}

function instancePlan({ descriptor }: Target, instance: string, attach: boolean): readonly string[] {
  const { abilities, attachWarning, detachWarning, runningWarning } = descriptor;
  const adds =
    abilities.online !== false ? ['if it runs, binds a key pair to it, which adds a key, and unbinds it'] : [];
  const replaces = [
    'binds a key pair to it, unbinds it, and binds the one that it had: only if it had one, and this does not stop it',
    ...[attachWarning, detachWarning, runningWarning].map((warning) => `warning: ${warning}`),
  ];
  const script = abilities.runCommand === false ? [] : [`runs '${SCRIPT}' on it through the vendor's agent`];
  return [...script, ...adds, ...(attach ? replaces : [])].map((line) => `on ${instance}: ${line}`);
}

/** Lives in both clouds, tells what differs, and writes it into a file. */
async function compareClouds(
  run: Run,
  { handle, file }: { readonly handle: FileHandle; readonly file: string },
  behaviour: Partial<Behaviour>,
): Promise<number> {
  const { session, target } = run;
  const { context, settings } = session;
  const cloud = await liveInCloud(run);
  // It was bound so.
  const online = can(target, 'online') && cloud.instance !== null && isOn(cloud.instance) ? ' --online' : '';
  for (const { name, region, why, instances } of cloud.left) {
    const place = placeOf(session, target, region);
    say(context, `error: ${name} in ${region} was not deleted: ${why}`);
    for (const id of instances) say(context, `hint: keypair detach ${name} ${shellWord(id)} ${place}${online}`);
    say(context, `hint: keypair delete ${name} ${place}`);
  }
  if (context.interrupts.requested) return EXIT_CODES.CANCELLED;
  const sandbox = await liveInSandbox(run, cloud.instance, behaviour).catch((error: unknown) => {
    if (context.interrupts.requested) return null;
    throw error;
  });
  if (sandbox === null) return EXIT_CODES.CANCELLED;
  const differences = compare(cloud, sandbox);
  printResult(context.stdout, cloud, sandbox, differences);
  const { descriptor, apiVersion, region } = target;
  const about = {
    keypair: context.version,
    date: context.now().toISOString().slice(0, 10),
    provider: descriptor.id,
    apiVersion,
    site: settings.site,
    regions: [region, secondRegion(target)],
  };
  await mapFsErrors(file, () => saveReport(handle, about, cloud, sandbox, differences), OTHER_FILE);
  const failed = [cloud, sandbox].flatMap(({ failures }) => failures);
  return differences.length + failed.length + cloud.left.length === 0 ? 0 : EXIT_CODES.FAILURE;
}
