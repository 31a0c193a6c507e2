import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Writes completions/ as the built program prints them (`npm run build` comes first), and the manual page beside them. */
const FILES = {
  bash: 'keypair.bash',
  zsh: '_keypair',
  fish: 'keypair.fish',
  powershell: 'keypair.ps1',
};

const program = fileURLToPath(new URL('../bin/keypair.js', import.meta.url));
for (const [shell, file] of Object.entries(FILES)) {
  const script = execFileSync(process.execPath, [program, 'completion', shell]);
  writeFileSync(new URL(`../completions/${file}`, import.meta.url), script);
}

await import('./manual.js');
