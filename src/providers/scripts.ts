import type { KeypairError } from '../errors.ts';

/** What a service does that runs scripts on instances. A provider that cannot has none of it. */
export interface ScriptRunner {
  /** Whether the vendor's agent answers on these instances, in order. */
  agentStates(instances: readonly string[], signal: AbortSignal): Promise<readonly AgentState[]>;

  /**
   * Asks the service whether it would run a script, and runs nothing. Returns an outcome for each instance, in order: no
   * error means that it would.
   */
  tryScript(
    script: RemoteScript,
    instances: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Pick<StartedScript, 'item' | 'error'>[]>;

  /**
   * Starts a script on instances through the vendor's agent, in batches of the service's maximum size. Returns an
   * outcome for each instance, in order. If an answer was lost, looks up the run by the script's marker, or repeats the
   * request if the service recognises a repetition; if that fails, the outcome is unknown: it may still run.
   *
   * @throws KeypairError as `deleteKeyPairs`.
   */
  startScript(
    script: RemoteScript,
    instances: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly StartedScript[]>;

  /** The results of a run on these instances, in order. An instance that the service does not list is `under way`. */
  scriptResults(run: string, instances: readonly string[], signal: AbortSignal): Promise<readonly ScriptResult[]>;
}

/** What runs scripts is loaded when it is needed: most commands never do. */
export function lazyScripts(load: () => Promise<ScriptRunner>): ScriptRunner {
  return {
    agentStates: async (...asked) => (await load()).agentStates(...asked),
    tryScript: async (...asked) => (await load()).tryScript(...asked),
    startScript: async (...asked) => (await load()).startScript(...asked),
    scriptResults: async (...asked) => (await load()).scriptResults(...asked),
  };
}

/** Whether the vendor's agent answers on an instance. */
export interface AgentState {
  readonly instance: string;
  /** `absent`: not installed, or the service does not know the instance. */
  readonly state: 'online' | 'offline' | 'absent';
}

/** A script for instances. It holds no secret: services store scripts and their output. */
export interface RemoteScript {
  /** POSIX sh, at most 12 KB. */
  readonly text: string;
  /** The user of the instance that runs it. */
  readonly user: string;
  /** 1 to 60 of `a-z`, `0-9` and `-`, another one for each run. */
  readonly marker: string;
  readonly timeoutSeconds: number;
}

/** A script that was started on an instance, or why not. */
export interface StartedScript {
  /** The instance's id. */
  readonly item: string;
  readonly error: KeypairError | null;
  /** The id of the run; null with an error. */
  readonly run: string | null;
}

/** How a run stands on one instance. */
export interface ScriptResult {
  readonly instance: string;
  /** `not run`: nothing happened. `unknown`: it may have run, or part of it, or may still run. */
  readonly state: 'under way' | 'ended' | 'not run' | 'unknown';
  /** Null unless it ended. */
  readonly exitCode: number | null;
  /** What it printed, as UTF-8, at most 24 KB; the rest is lost. Hostile, like everything from a server. */
  readonly output: string;
  /** The service's reason for `not run` and `unknown`, on one line, or null. */
  readonly reason: string | null;
}
