import type { Readable } from 'node:stream';
import type { Interrupts } from './interrupts.ts';

/** The part of an output stream that is used: small enough for fakes in tests. */
export interface OutputStream {
  /** `done` is called when the text has been written, or with the error that prevented it. */
  write(text: string, done?: (error?: Error | null) => void): boolean;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Whether all output is discarded: /dev/null, or a stream that was closed before the start. */
  readonly isNullDevice?: boolean;
}

/**
 * All input from the process, made once in main.ts and passed down; no other code reads it from the process. Tests make
 * one with fake streams, a fixed clock and their own environment.
 */
export interface Context {
  /** Opened on first use: a command that reads nothing does not open it. */
  readonly stdin: Readable;
  readonly stdinIsTTY: boolean;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `linux`, `darwin`, `win32`. */
  readonly platform: string;
  /** @throws KeypairError `USAGE` if it is gone: only a relative path needs it. */
  readonly cwd: string;
  readonly home: string;
  readonly pid: number;
  /** The program's version: `0.1.0`. */
  readonly version: string;
  /** This machine's name. */
  readonly host: string;
  /** Whether a process with this id runs on this machine. */
  readonly isAlive: (pid: number) => boolean;
  readonly now: () => Date;
  readonly interrupts: Interrupts;
  /** Whether Esc goes back to the previous question: the caller must then handle `WentBack`. Default: no. */
  readonly goesBack?: boolean;
  /** The proxy for a URL, by the environment (HTTPS_PROXY, NO_PROXY, …); empty for none. */
  readonly proxyFor: (url: URL) => string;
}

/** The program's name for services: `keypair/0.1.0`. */
export function senderOf({ version }: Context): string {
  return `keypair/${version}`;
}
