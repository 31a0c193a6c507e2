import { describe, expect, it } from 'vitest';
import { reflowOf } from '../../../src/ui/reflow.ts';

describe('what a terminal does to its lines', () => {
  it.each([
    ['tmux', { TERM: 'tmux-256color', TMUX: '/tmp/tmux-0/default,1,0', TERM_PROGRAM: 'tmux' }, 'flows'],
    [
      'tmux in an xterm',
      { TERM: 'screen', TMUX: '/tmp/tmux-0/default,1,0', XTERM_VERSION: 'XTerm(370)' },
      'flows',
    ],
    ['tmux, over ssh', { TERM: 'tmux-256color' }, 'flows'],
    ['GNOME Terminal', { TERM: 'xterm-256color', VTE_VERSION: '7400' }, 'flows'],
    ['iTerm2', { TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }, 'flows'],
    ['kitty, over ssh', { TERM: 'xterm-kitty' }, 'flows'],
    ['Windows Terminal', { TERM: 'xterm-256color', WT_SESSION: '1' }, 'flows'],
    ['VS Code', { TERM: 'xterm-256color', TERM_PROGRAM: 'vscode' }, 'xterm.js'],
    ['VS Code from GNOME Terminal', { TERM_PROGRAM: 'vscode', VTE_VERSION: '7400' }, 'xterm.js'],
    ['xterm', { TERM: 'xterm-256color', XTERM_VERSION: 'XTerm(370)' }, 'stays'],
    [
      'xterm from GNOME Terminal',
      { TERM: 'xterm', XTERM_VERSION: 'XTerm(370)', VTE_VERSION: '7400' },
      'stays',
    ],
    ['GNU screen', { TERM: 'screen', STY: '1.pts-0.host' }, 'stays'],
    [
      'Neovim in tmux',
      { TERM: 'xterm-256color', TMUX: '/tmp/tmux-0/default,1,0', NVIM: '/run/nvim.1.0' },
      'stays',
    ],
    ['the console', { TERM: 'linux' }, 'stays'],
    ['who knows which, over ssh', { TERM: 'xterm-256color', TMUX: '' }, 'stays'],
    ['nothing known', {}, 'stays'],
  ])('is known of %s', (_, env, reflow) => {
    expect(reflowOf(env)).toBe(reflow);
  });
});
