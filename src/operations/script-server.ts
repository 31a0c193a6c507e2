import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../cli/session.ts';
import { KeypairError, withOutcome } from '../errors.ts';
import { t, withLabel } from '../i18n/t.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { ScriptResult } from '../providers/scripts.ts';
import { printable } from '../sanitize.ts';
import {
  type KeysAnswer,
  type KeysRefusal,
  keysScript,
  type KeysTask,
  readKeysAnswer,
} from '../ssh/authorized-keys.ts';
import type { Jump, Login } from '../ssh/command.ts';
import { runBySsh } from '../ssh/run-script.ts';
import { shownName } from './instance-login.ts';
import type { Server, ServerParts } from './server.ts';

/**
 * Runs a script on the server. What it prints is hostile. `user` is the account that runs it, and `reads` says whether it
 * changes nothing: then the first Ctrl-C ends it.
 *
 * @throws KeypairError with outcome `unknown` if it may have run.
 */
type RunScript = (
  script: string,
  how: { readonly user: string; readonly marker: string; readonly reads: boolean },
) => Promise<string>;

/** A server whose keys are changed through the vendor's agent: root looks, the account itself changes. */
export function agentServer(parts: ServerParts): Server {
  return scriptServer(parts, 'agent', 'root', (text, { reads, ...how }) =>
    runByAgent(parts, { text, ...how, timeoutSeconds: SCRIPT_SECONDS }, reads),
  );
}

/** A server whose keys are changed through a login of the account. */
export function sshServer(parts: ServerParts & { readonly jump: Jump | null }, login: Login): Server {
  const { session, jump } = parts;
  const timeoutMs = Math.max(session.settings.timeoutMs, SCRIPT_SECONDS * 1000);
  const server = scriptServer(parts, 'ssh', parts.user, async (script) => {
    const { output } = await runBySsh(session.context, login, { jump, timeoutMs }, script);
    return output;
  });
  return { ...server, privateKeyPath: login.privateKeyPath };
}

/** @param looker the account that looks. Only root sees what sshd is configured to read. */
function scriptServer(parts: ServerParts, via: 'agent' | 'ssh', looker: string, run: RunScript): Server {
  const { placed, user } = parts;
  let seen: KeysAnswer | null = null;

  const ask = async (task: KeysTask, as: string): Promise<KeysAnswer> => {
    const marker = newMarker();
    const how = { user: as, marker, reads: task.op === 'look' };
    const answer = readKeysAnswer(await run(keysScript(task, marker), how), marker);
    if (answer === null)
      throw new KeypairError('FAILURE', t`could not read what ${shownName(placed)} answered`, { outcome: 'unknown' });
    // A look that is refused tells the accounts nevertheless.
    if (answer.refusal !== null && (task.op !== 'look' || answer.accounts.length === 0)) throw refused(parts, answer);
    return answer;
  };
  const look = async (publicKey: PublicKey, allUsers: boolean): Promise<KeysAnswer> => {
    const answer = await readOnly(() => ask({ op: 'look', user, publicKey, allUsers }, looker));
    seen = answer;
    return answer;
  };
  const accountIn = (answer: KeysAnswer | null): KeysAnswer['accounts'][number] | null =>
    answer?.accounts.find((account) => account.user === user) ?? null;
  /** Changes, and after a lost answer looks whether it was done. */
  const change = async (
    task: (files: readonly string[] | null) => KeysTask,
    publicKey: PublicKey,
    wanted: 'present' | 'absent',
    ends = false,
  ): Promise<KeysAnswer> => {
    if (seen === null && looker === 'root') await look(publicKey, false);
    // Only root sees that sshd reads other files than the account itself would change.
    if (seen !== null && seen.refusal !== null) throw refused(parts, seen);
    try {
      return await ask(task(filesIn(seen)), user);
    } catch (error) {
      if (!(error instanceof KeypairError) || error.outcome === 'none') throw error;
      const now = await look(publicKey, false).catch(() => null);
      // A line with another end of life is not the new one.
      if (now === null || accountIn(now)?.presence !== wanted || (now.expires !== null) !== ends) throw error;
      return now;
    }
  };

  const filesIn = (told: KeysAnswer | null): readonly string[] | null =>
    told?.askedSshd === true ? (accountIn(told)?.files ?? null) : null;

  return {
    placed,
    connection: parts.connection,
    via,
    user,
    async look(publicKey) {
      const answer = await look(publicKey, looker === 'root');
      // Some accounts were not looked at.
      if (answer.refusal === 'too-many-accounts') throw refused(parts, answer);
      const own = accountIn(answer)?.presence ?? 'unreadable';
      const others = answer.accounts.filter((account) => account.user !== user && account.presence !== 'absent');
      return { presence: own === 'unreadable' ? 'unknown' : own, otherUsers: others.map((account) => account.user) };
    },
    async add({ publicKey }, lifetimeSeconds) {
      const task = (files: readonly string[] | null) =>
        ({ op: 'add', user, publicKey, files, lifetimeSeconds }) as const;
      const { result, expires } = await change(task, publicKey, 'present', lifetimeSeconds !== null);
      return { changed: result !== 'unchanged', expires };
    },
    async remove({ publicKey }) {
      const { result } = await change((files) => ({ op: 'remove', user, publicKey, files }), publicKey, 'absent');
      return { changed: result !== 'unchanged' };
    },
    prove: (privateKeyPath, publicKey) => parts.prove(privateKeyPath, publicKey, seen?.hostKeys ?? []),
  };
}

/** A look changes nothing, also if its answer was lost. */
async function readOnly<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof KeypairError)) throw error;
    if (error.code === 'CANCELLED') throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
    throw withOutcome(error, 'none');
  }
}

/** How long a script may run, in seconds. */
const SCRIPT_SECONDS = 60;

/**
 * Asks the services whether their agents would run a script on the servers that are reached so. Nothing is run.
 *
 * @returns the errors of those that would not.
 * @throws KeypairError as `tryScript`.
 */
export async function scriptRefusals(
  session: Session,
  servers: readonly Server[],
): Promise<ReadonlyMap<Server, KeypairError>> {
  const { signal } = session.context.interrupts;
  const refusals = new Map<Server, KeypairError>();
  const agents = servers.filter(({ via }) => via === 'agent');
  const together = ({ placed, user }: Server): string =>
    JSON.stringify([placed.target.descriptor.id, placed.target.region, user]);
  for (const which of new Set(agents.map(together))) {
    const group = agents.filter((server) => together(server) === which);
    const [first] = group;
    if (first === undefined) continue;
    const { connection, user } = first;
    const script = { text: 'true\n', user, marker: newMarker(), timeoutSeconds: SCRIPT_SECONDS };
    const ids = group.map(({ placed }) => placed.instance.id);
    const told = (await connection.provider.tryScript?.(script, ids, signal)) ?? [];
    for (const [index, { error }] of told.entries()) {
      const server = group[index];
      if (server !== undefined && error !== null) refusals.set(server, error);
    }
  }
  return refusals;
}

/** Identifies a run, and frames its answer. */
function newMarker(): string {
  return `keypair${randomBytes(8).toString('hex')}`;
}

/** Longer than the script: the agent asks for work at intervals, and the service keeps a delayed one for a minute. */
const LONGEST_WAIT_MS = 2 * SCRIPT_SECONDS * 1000;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;

async function runByAgent(
  { session, connection: { provider }, placed }: ServerParts,
  script: Parameters<NonNullable<typeof provider.startScript>>[0],
  reads: boolean,
): Promise<string> {
  const { id } = placed.instance;
  const { interrupts } = session.context;
  const signal = AbortSignal.any([interrupts.signal, reads ? interrupts.asked : interrupts.overdue]);
  const [started] = (await provider.startScript?.(script, [id], signal)) ?? [];
  if (started?.error != null) throw started.error;
  if (started?.run == null)
    throw new KeypairError('FAILURE', t`the service returned no id of the run`, { outcome: 'unknown' });
  let waited = 0;
  for (let ms = FIRST_PAUSE_MS; waited < LONGEST_WAIT_MS; ms = Math.min(2 * ms, LONGEST_PAUSE_MS)) {
    await pause(ms, signal);
    waited += ms;
    const [result] = await resultsOf(provider, started.run, id, signal);
    if (result === undefined || result.state === 'under way') continue;
    if (result.state === 'ended') return result.output;
    throw notEnded(placed, result);
  }
  throw new KeypairError('UNAVAILABLE', t`the agent of ${shownName(placed)} did not answer in time`, {
    outcome: 'unknown',
  });
}

/** @throws KeypairError with outcome `unknown`: the run was started. */
async function resultsOf(
  provider: ServerParts['connection']['provider'],
  run: string,
  instance: string,
  signal: AbortSignal,
): Promise<readonly ScriptResult[]> {
  try {
    return (await provider.scriptResults?.(run, [instance], signal)) ?? [];
  } catch (error) {
    throw error instanceof KeypairError ? withOutcome(error, 'unknown') : error;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    throw new KeypairError('CANCELLED', t`cancelled: did not wait for the outcome`, { outcome: 'unknown' });
  });
}

function notEnded(placed: ServerParts['placed'], { state, reason }: ScriptResult): KeypairError {
  const why = reason === null ? t`no reason given` : printable(reason, 300);
  return state === 'not run'
    ? new KeypairError('CONFLICT', withLabel(t`the agent of ${shownName(placed)} ran nothing`, why))
    : new KeypairError('UNAVAILABLE', withLabel(t`the agent of ${shownName(placed)} did not finish`, why), {
        outcome: 'unknown',
      });
}

/** The error for a server that must not be changed, or cannot be. Nothing was changed. */
function refused({ placed, user }: ServerParts, { refusal, path }: KeysAnswer): KeypairError {
  const file = printable(path ?? '~/.ssh/authorized_keys', 200);
  const texts: Readonly<Record<KeysRefusal, () => string>> = {
    'no-user': () => t`there is no account ${user}`,
    'other-user': () => t`the script ran as another account than ${user}`,
    'no-home': () => t`${user} has no home directory`,
    'keys-command': () => t`sshd takes its keys from a command (AuthorizedKeysCommand)`,
    'keys-directory': () => t`the system manages the keys of ${user} in ${file}`,
    'no-file': () => t`sshd reads no file with keys of ${user}`,
    link: () => t`${file} is a link`,
    'not-own': () => t`${file} does not belong to ${user}`,
    'not-writable': () => t`${user} may not write ${file}`,
    'not-text': () => t`${file} is not a text file`,
    'too-large': () => t`${file} is too large`,
    attributes: () => t`${file} has access rules or attributes that a new file would lose`,
    'changed-meanwhile': () => t`${file} was changed by something else at the same time`,
    'too-many-accounts': () => t`it has too many accounts to search`,
    'no-clock': () => t`its clock cannot be read`,
    'no-tools': () => t`it lacks the programs that the script needs`,
  };
  const why = texts[refusal ?? 'no-user']();
  return new KeypairError('CONFLICT', withLabel(t`keys of ${user} on ${shownName(placed)} were not changed`, why), {
    provider: placed.provider,
    region: placed.region,
    hints: refusal === 'changed-meanwhile' ? [t`run it again`] : [],
  });
}
