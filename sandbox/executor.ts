import { type ChildProcess, spawn } from 'node:child_process';

import type { Service } from './behaviour.ts';
import { phaseOf, type StoredInstance } from './instances.ts';
import { launch, prepareLaunch } from './isolation.ts';
import { machineOf, placeBoundKeys, prepareDisk } from './machines.ts';
import type { RepositoryFor } from './repository.ts';
import { hostKeyAlias, killGroup, prepareHostKey } from './ssh.ts';
import { DELIVERY_MS, type Ending, MOST_OUTPUT, modelEnding, type StoredRun, updateTask } from './runs.ts';

/** Executes stored runs on the machines of their instances. */
export interface Executor {
  /** Starts the tasks of a run that have not ended, in time. */
  start(service: Service, region: string, runId: string): void;
  /** Kills what a task has started. */
  stop(taskId: string): void;
  /** Cancels what waits, and kills what runs. */
  close(): Promise<void>;
}

interface ExecutorParts {
  /** The folder of all machines. */
  readonly folder: string;
  readonly repositoryFor: RepositoryFor;
  readonly now: () => Date;
  readonly agentMs: number;
}

/** The most scripts at once, of all instances. The others wait. */
const MOST = 8;

/** How long after its time limit a script is killed by another program, in seconds: if this process has ended. */
const LATER = 5;

/** Makes an executor. If this machine cannot isolate scripts, the model of `runs.ts` answers. */
export function executor({ folder, repositoryFor, now, agentMs }: ExecutorParts): Executor {
  const running = new Map<string, ChildProcess>();
  const timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly cancel: () => void }>();
  const queue: (() => Promise<void>)[] = [];
  const work = new Set<Promise<void>>();
  let closed = false;
  const killAll = (): void => {
    for (const child of running.values()) killGroup(child, 'SIGKILL');
  };
  process.on('exit', killAll);

  const next = (): void => {
    while (work.size < MOST) {
      const begin = queue.shift();
      if (begin === undefined) return;
      const job = begin()
        // The state cannot be read or written: the service will hear nothing of the task.
        .catch(() => undefined)
        .finally(() => {
          work.delete(job);
          next();
        });
      work.add(job);
    }
  };

  const runTask = async (service: Service, region: string, run: StoredRun, taskId: string): Promise<void> => {
    const repository = repositoryFor(service, region);
    const instanceId = run.tasks.find(({ id }) => id === taskId)?.instanceId ?? '';
    const end = (ending: Ending): void => {
      const endsAt = now().toISOString();
      updateTask(repository, run.id, taskId, (task) => {
        if (task.ending !== null) return task;
        const startsAt = task.startsAt ?? (ending.kind === 'not-started' ? null : endsAt);
        return { ...task, startsAt, endsAt, ending };
      });
    };
    const instance = (): StoredInstance | undefined => repository.read().instances.find(({ id }) => id === instanceId);
    const found = instance();
    if (found === undefined || phaseOf(found, now()) !== 'running') {
      end({ kind: 'not-started', reason: 'instance', text: 'the instance is not running' });
      return;
    }
    const machine = machineOf(folder, service, region, instanceId);
    // Without OpenSSH, an instance has no host key.
    const hostKey = await prepareHostKey(machine.place, hostKeyAlias(service, region, instanceId)).catch(() => null);
    prepareDisk(machine, found.name, hostKey);
    const script = Buffer.from(run.content, 'base64');
    if (!(await prepareLaunch(machine))) {
      end(modelEnding(script.toString(), 'this machine cannot isolate scripts (it needs root, or user namespaces)'));
      return;
    }
    const startsAt = now().toISOString();
    updateTask(repository, run.id, taskId, (task) => {
      const isLate = Date.parse(startsAt) - Date.parse(run.createdAt) >= DELIVERY_MS;
      return task.ending !== null || isLate ? task : { ...task, startsAt };
    });
    // It was cancelled, or comes too late.
    const begun = repository.read().runs.flatMap(({ tasks }) => tasks.filter(({ id }) => id === taskId));
    if (closed || begun[0]?.startsAt !== startsAt) return;
    placeBoundKeys(machine, repository.read(), now());
    const channel = service === 'ecs' || service === 'swas' ? 'cloud-assistant' : 'tat';
    const { program, args } = launch(machine, run.user, channel, run.directory, run.timeoutSeconds + LATER);
    end(await executed(program, args, script, run.timeoutSeconds, taskId));
  };

  const executed = async (
    program: string,
    args: readonly string[],
    script: Buffer,
    seconds: number,
    taskId: string,
  ): Promise<Ending> => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      // A process group of its own, which can be ended as a whole.
      detached: true,
    });
    running.set(taskId, child);
    const [output, errors, status] = [1, 2, 4].map((index) => collect(child.stdio[index] as NodeJS.ReadableStream));
    const input = child.stdio[3] as NodeJS.WritableStream;
    input.on('error', () => undefined).end(script);
    const limit = AbortSignal.timeout(seconds * 1000);
    limit.addEventListener('abort', () => {
      killGroup(child, 'SIGKILL');
    });
    const code = await new Promise<number | null>((resolve) => {
      child.on('error', () => {
        resolve(null);
      });
      child.on('close', resolve);
    });
    running.delete(taskId);
    const told = status?.text().trim();
    if (told === 'no directory')
      return { kind: 'not-started', reason: 'directory', text: 'the directory does not exist' };
    if (told !== 'started') {
      return { kind: 'not-started', reason: 'start', text: errors?.text().trim().slice(0, 500) ?? '' };
    }
    const printed = { output: output?.base64() ?? '', dropped: output?.dropped() ?? 0 };
    if (limit.aborted) return { kind: 'timeout', ...printed };
    return code === null ? { kind: 'terminated', ...printed } : { kind: 'exited', code, ...printed };
  };

  return {
    start(service, region, runId) {
      const repository = repositoryFor(service, region);
      const run = repository.read().runs.find(({ id }) => id === runId);
      for (const { id, ending } of run?.tasks ?? []) {
        if (run === undefined || ending !== null) continue;
        const cancel = (): void => {
          const endsAt = now().toISOString();
          updateTask(repository, runId, id, (task) =>
            task.ending !== null || task.startsAt !== null ? task : { ...task, endsAt, ending: { kind: 'cancelled' } },
          );
        };
        const timer = setTimeout(
          () => {
            timers.delete(id);
            queue.push(() => runTask(service, region, run, id));
            next();
          },
          (agentMs * 2) / 3,
        );
        timers.set(id, { timer, cancel });
      }
    },

    stop(taskId) {
      const child = running.get(taskId);
      if (child !== undefined) killGroup(child, 'SIGKILL');
    },

    async close() {
      closed = true;
      queue.length = 0;
      for (const { timer, cancel } of timers.values()) {
        clearTimeout(timer);
        try {
          cancel();
        } catch {
          // The state is gone.
        }
      }
      timers.clear();
      killAll();
      await Promise.all(work);
      process.off('exit', killAll);
    },
  };
}

interface Collected {
  /** Base64, cut. */
  base64(): string;
  text(): string;
  /** How many bytes were cut. */
  dropped(): number;
}

/** Collects what a stream brings, up to the longest output. */
function collect(stream: NodeJS.ReadableStream): Collected {
  const chunks: Buffer[] = [];
  let kept = 0;
  let all = 0;
  stream
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, MOST_OUTPUT - kept);
      chunks.push(part);
      kept += part.length;
      all += chunk.length;
    });
  const bytes = (): Buffer => Buffer.concat(chunks);
  return {
    base64: () => bytes().toString('base64'),
    text: () => bytes().toString(),
    dropped: () => all - kept,
  };
}
