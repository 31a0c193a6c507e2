import type { Shell } from '../completion/scripts.ts';
import { type CommandSpec, defineCommand } from '../cli/spec.ts';
import { t } from '../i18n/t.ts';

const shells = [
  shell('bash', {
    summary: t`print the script for bash 3.2 and later`,
    examples: [
      {
        line: `echo 'eval "$(keypair completion bash)"' >>~/.bashrc`,
        does: t`bash: in every new shell (macOS: ~/.bash_profile)`,
      },
    ],
  }),
  shell('zsh', {
    summary: t`print the script for zsh 5 and later`,
    examples: [
      {
        line: `mkdir -p ~/.zfunc && keypair completion zsh >~/.zfunc/_keypair`,
        does: t`zsh: save it where zsh looks for completions`,
      },
      {
        line: `echo 'fpath+=(~/.zfunc); autoload -Uz compinit; compinit' >>~/.zshrc`,
        does: t`zsh: and let zsh look there (once)`,
      },
    ],
  }),
  shell('fish', {
    summary: t`print the script for fish 3 and later`,
    examples: [
      {
        line: 'mkdir -p ~/.config/fish/completions && keypair completion fish >~/.config/fish/completions/keypair.fish',
        does: t`fish: save it where fish looks for completions`,
      },
    ],
  }),
  shell('powershell', {
    summary: t`print the script for PowerShell 5.1 and later`,
    examples: [
      {
        line: `Add-Content $PROFILE 'keypair completion powershell | Out-String | Invoke-Expression'`,
        does: t`PowerShell: in every new shell`,
      },
    ],
  }),
];

/** `keypair completion`: prints a script for a shell, which runs this program at every TAB. */
export const completion: CommandSpec = {
  name: 'completion',
  summary: t`print a completion script for your shell`,
  examples: shells.flatMap(({ examples }) => examples),
  commands: shells,
};

function shell(name: Shell, { summary, examples }: Pick<CommandSpec, 'summary' | 'examples'>): CommandSpec {
  return defineCommand({
    name,
    withoutProfile: true,
    unfinished: 'silent',
    summary,
    changes: [],
    result: async () => (await import('./results/machine.ts')).completionScript,
    examples,
    run: async (session) => {
      const { SCRIPTS } = await import('../completion/scripts.ts');
      const script = SCRIPTS[name];
      session.result({ json: { shell: name, script }, text: script, quiet: script.trimEnd() });
    },
  });
}
