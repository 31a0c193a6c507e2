/**
 * What a terminal does to the lines that stand on it when it becomes narrower.
 *
 * - `stays`: a line that has become too long is cut off; each stays one row.
 * - `flows`: it goes on in the next row, and the cursor goes with its letter.
 * - `xterm.js`: so, too, but the line with the cursor is cut off; and the cursor moves down by every row that is added,
 *   also by those below it (`_reflowSmaller` in its Buffer.ts).
 */
export type Reflow = 'stays' | 'flows' | 'xterm.js';

/** Terminals inside of programs. They may also be inherited; then the worst is a row that is left over. */
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
  if (INNER.some(set)) return 'stays';
  if (program === 'vscode') return 'xterm.js';
  // tmux inside of an xterm inherits its variable, but not its name.
  if (set('XTERM_VERSION') && term.startsWith('xterm')) return 'stays';
  return MARKS.some(set) || PROGRAMS.includes(program) || NAMES.test(term) ? 'flows' : 'stays';
}
