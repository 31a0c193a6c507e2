/** What a terminal does to the lines that stand on it when it becomes narrower. */
export interface Reflow {
  /** A line that has become too long goes on in the next row; else it is cut off, and stays one row. */
  readonly lines: boolean;
  /** The line with the cursor does so, too. */
  readonly cursorLine: boolean;
}

const STAYS: Reflow = { lines: false, cursorLine: false };
const FLOWS: Reflow = { lines: true, cursorLine: true };

/** Terminals inside of programs; all but STY may also be inherited, but then the worst is a row that is left over. */
const INNER = ['STY', 'NVIM', 'VIM_TERMINAL', 'INSIDE_EMACS'];

/** Terminals that are known to reflow, by the variables that they set and by the names that `ssh` hands on. */
const MARKS = [
  'TMUX',
  'VTE_VERSION',
  'KONSOLE_VERSION',
  'KITTY_WINDOW_ID',
  'ALACRITTY_WINDOW_ID',
  'WT_SESSION',
];
const PROGRAMS = ['tmux', 'iTerm.app', 'Apple_Terminal', 'WezTerm', 'ghostty'];
const NAMES = /^(tmux|xterm-kitty|xterm-ghostty|alacritty|foot|wezterm)/;

/**
 * What this terminal does to lines, as far as the environment tells. One that is not known (`ssh` hands on little more
 * than TERM) is taken for one that leaves its lines alone: what is erased by that is never too much.
 */
export function reflowOf(env: Readonly<Record<string, string | undefined>>): Reflow {
  const set = (name: string): boolean => (env[name] ?? '') !== '';
  const [term, program] = [env['TERM'] ?? '', env['TERM_PROGRAM'] ?? ''];
  if (INNER.some(set)) return STAYS;
  // xterm.js leaves the line with the cursor to the shell.
  if (program === 'vscode') return { lines: true, cursorLine: false };
  // tmux inside of an xterm inherits its variable, but not its name.
  if (set('XTERM_VERSION') && term.startsWith('xterm')) return STAYS;
  return MARKS.some(set) || PROGRAMS.includes(program) || NAMES.test(term) ? FLOWS : STAYS;
}
