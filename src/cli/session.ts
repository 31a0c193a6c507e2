import type { Context, OutputStream } from '../context.ts';
import type { CredentialContext } from '../credentials/context.ts';
import { redactedEnv } from '../env.ts';
import { KeypairError } from '../errors.ts';
import { t } from '../i18n/t.ts';
import type { Vendor } from '../providers/credentials.ts';
import { printable } from '../sanitize.ts';
import { colorStyle, PLAIN, type Style, usesColor } from '../ui/color.ts';
import type { Spinner, Update } from '../ui/spinner.ts';
import { wrapMessage } from '../ui/wrap.ts';
import { reportError } from './report-error.ts';
import type { Settings } from './settings.ts';

/** One result of a command, in its three output forms. */
export interface Result {
  /** For `--json`. */
  readonly json: unknown;
  /** For people, and for `cut` and `grep` in a pipe: one or more lines, each with a newline. */
  readonly text: string;
  /** For `--quiet`: the one value that matters. Empty: prints nothing. */
  readonly quiet: string;
}

/** What a command works with: context, settings, stdout for results, stderr for messages. */
export interface Session {
  readonly context: Context;
  readonly settings: Settings;
  /** The known credentials of each vendor. Filled by connection/credentials.ts. */
  readonly credentials: Map<Vendor, CredentialContext>;
  /** Whether questions are possible: stdin and stderr are a terminal, and no flag forbids them. */
  readonly interactive: boolean;
  /** Shows one result on stdout. */
  result(result: Result): void;
  /** Prints information on stderr, except with `--quiet` or `--json`. */
  info: (line: string) => void;
  /** Prints a warning on stderr, except with `--json`. */
  warn: (line: string) => void;
  /** Prints the error of one of several items at once. */
  reportError(error: KeypairError): void;
  /** Runs something slow, with a spinner on a terminal; it may update the text of the spinner. */
  withSpinner<T>(what: string, act: (update: Update) => Promise<T>): Promise<T>;
  /** Runs something that needs the whole terminal, without the spinner. One at a time. */
  withTerminal<T>(act: () => Promise<T>): Promise<T>;
  /** The text styles of a stream. */
  style(stream: OutputStream): Promise<Style>;
  /** Prints a line of the `--debug` trace; null without `--debug`. */
  readonly trace: ((line: string) => void) | null;
}

/** Creates the session of a command. */
export function createSession(world: Context, settings: Settings): Session {
  const context = settings.color ? world : withoutColor(world);
  const say = (line: string): void => {
    const { stderr } = context;
    const columns = stderr.isTTY === true ? stderr.columns : null;
    stderr.write(wrapMessage(`keypair: ${printable(line, Infinity)}\n`, columns));
  };
  const { json, quiet } = settings;
  const spinners = new Set<Spinner>();
  let turn: Promise<unknown> = Promise.resolve();
  return {
    context,
    settings,
    credentials: new Map(),
    get interactive() {
      return settings.input && !json && context.stdinIsTTY && context.stderr.isTTY === true;
    },
    result: (result) => {
      if (json) context.stdout.write(`${JSON.stringify(result.json)}\n`);
      else if (quiet) context.stdout.write(result.quiet === '' ? '' : `${result.quiet}\n`);
      else context.stdout.write(result.text);
    },
    info: (line) => {
      if (!json && !quiet) say(line);
    },
    warn: (line) => {
      if (!json) say(`warning: ${line}`);
    },
    reportError: (error) => {
      reportError(context.stderr, error, json);
    },
    withSpinner: async (what, act) => {
      if (json || quiet || settings.debug || context.stderr.isTTY !== true) return act(() => undefined);
      const { withSpinner } = await import('../ui/spinner.ts');
      return withSpinner(context, settings.color, what, act, spinners);
    },
    withTerminal: (act) => {
      const mine = turn.then(async () => {
        for (const spinner of spinners) spinner.pause();
        try {
          return await act();
        } finally {
          for (const spinner of spinners) spinner.resume();
        }
      });
      turn = mine.catch(() => undefined);
      return mine;
    },
    style: async (stream) => {
      if (json || quiet || !usesColor(stream, context.env, settings.color)) return PLAIN;
      return colorStyle();
    },
    trace: settings.debug
      ? (line) => {
          context.stderr.write(`keypair: debug: ${line}\n`);
        }
      : null,
  };
}

/** The same session with other settings and some other messages. Its credentials depend on them, so it has none yet. */
export function withSettings(
  session: Session,
  settings: Settings,
  voices: Partial<Pick<Session, 'info' | 'warn'>> = {},
): Session {
  return { ...session, settings, ...voices, credentials: new Map() };
}

/** Sets NO_COLOR for `--no-color`: questions read the environment only. */
function withoutColor(context: Context): Context {
  // Do not spread a Context: its getters would open the streams.
  return Object.create(context, {
    env: { value: redactedEnv({ ...context.env, NO_COLOR: '1' }) },
  }) as Context;
}

/** The flag that a command needs to act without a question: `--yes`, unless it is set. */
export function missingConsent({ settings }: Session): readonly string[] {
  return settings.yes ? [] : ['--yes'];
}

/**
 * Asks whether to go on, unless `--yes` is set: yes or no for one thing; for several the user types their number.
 *
 * @throws KeypairError `CANCELLED` if the answer is no, and on Ctrl-C; `USAGE` if no question can be asked.
 */
export async function confirm(session: Session, question: string, things = 1): Promise<void> {
  if (session.settings.yes) return;
  if (!session.interactive) throw new KeypairError('USAGE', t`missing: --yes`);
  const { askConfirm, askNumber } = await import('../ui/prompts.ts');
  const agreed =
    things === 1
      ? await askConfirm(session.context, question)
      : await askNumber(session.context, t`${question} Type ${things} for yes:`, things);
  if (!agreed) throw new KeypairError('CANCELLED', t`cancelled: nothing was changed`);
}
