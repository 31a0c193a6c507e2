/** How bad it is: `problem` is to be mended, `note` is good to know, `ok` is as it should be. */
export type Level = 'ok' | 'note' | 'problem';

/** A way to mend something. */
export interface Fix {
  /** What it does, for people: `chmod 600 /home/u/.ssh/foo`. */
  readonly title: string;
  /**
   * Who must agree: `nobody`, since nothing can be lost by it; `anybody`, also by `--yes`; a `person`, who has read
   * what it is about.
   */
  readonly consent: 'nobody' | 'anybody' | 'person';
  /**
   * Does it.
   *
   * @returns what was done, in one line that is safe to print.
   * @throws KeypairError, and what the disk refuses; then the finding stays.
   */
  apply(): Promise<string>;
}

/** What a check has found. */
export interface Finding {
  readonly level: Level;
  /** One line, lower case, no full stop, safe to print. */
  readonly message: string;
  /** What to do about it, one line each; safe to print. */
  readonly hints: readonly string[];
  readonly file: string | null;
  readonly provider: string | null;
  readonly region: string | null;
  /** The best one first. */
  readonly fixes: readonly Fix[];
  /** Whether the cloud has changed, or may have, and this machine has not followed. */
  readonly partial: boolean;
}

/** What of a finding may be left out. */
export type FindingDetails = Partial<Omit<Finding, 'level' | 'message'>>;

/** A finding with all that it does not say. What it says is in the user's language. */
export function finding(level: Level, message: string, details: FindingDetails = {}): Finding {
  const { hints = [], ...others } = details;
  return {
    level,
    message,
    hints,
    file: null,
    provider: null,
    region: null,
    fixes: [],
    partial: false,
    ...others,
  };
}
