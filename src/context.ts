import type { Readable } from 'node:stream';
import type { Interrupts } from './interrupts.ts';

/** What of an output stream is used: fakes in tests are as small as this. */
export interface OutputStream {
  /** `done` is called when the text has been handed on, or with the error that prevented it. */
  write(text: string, done?: (error?: Error | null) => void): boolean;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Nothing that is written is ever read: /dev/null, or a stream that was closed before the start. */
  readonly isNullDevice?: boolean;
}

/**
 * All that comes from the process, made once in main.ts and passed down: nothing below reads it. A test makes one with
 * fake streams, a fixed clock and an environment of its own.
 */
export interface Context {
  /** Opened when it is first looked at: a command that reads nothing leaves it alone. */
  readonly stdin: Readable;
  readonly stdinIsTTY: boolean;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `linux`, `darwin`, `win32`. */
  readonly platform: string;
  /** @throws KeypairError `USAGE` where it is gone: only a relative path asks for it. */
  readonly cwd: string;
  readonly home: string;
  readonly pid: number;
  /** The program's own: `0.1.0`. */
  readonly version: string;
  /** This machine's name. */
  readonly host: string;
  /** Whether a process of this number runs on this machine. */
  readonly isAlive: (pid: number) => boolean;
  readonly now: () => Date;
  readonly interrupts: Interrupts;
  /** Whether Esc leads from a question to the one before it: whoever asks then expects a `WentBack`. Default: no. */
  readonly goesBack?: boolean;
  /** The proxy for a URL by the environment's rules (HTTPS_PROXY, NO_PROXY, …): empty for none. */
  readonly proxyFor: (url: URL) => string;
}

/** How the program names itself to services: `keypair/0.1.0`. */
export function senderOf({ version }: Context): string {
  return `keypair/${version}`;
}
