import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readMarkdown } from '../support/markdown.ts';
import { PROGRAM } from '../support/program.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The pages that show output. */
const PAGES = ['README.md', 'docs/credentials.md', 'docs/profiles.md', 'docs/sandbox.md'];

/** The home on the pages. */
const HOME = '/home/ada';

/** What is another one in every run: ids and fingerprints. */
const VARYING =
  /\b(?:skey|lhkp)-[0-9a-z]{8}\b|\bssh-[0-9a-z]{20}\b|SHA256:[A-Za-z0-9+/]{43}|\b(?:[0-9a-f]{2}:){15,19}[0-9a-f]{2}\b/g;

/** What calls nobody but the stand-in cloud. Whatever else shows its output could call a real one. */
const HARMLESS = /^chmod |--sandbox\b|--dry-run\b|^keypair (?:config|fingerprint) /;

/** Serves until it is stopped, at a port that may be somebody else's. */
const ENDLESS = 'keypair sandbox serve';

/** A line that is typed, and what a page says comes of it. */
interface Step {
  readonly command: string;
  readonly shown: readonly string[];
}

function steps(page: string): readonly Step[] {
  const found: { command: string; shown: string[] }[] = [
    {
      command: 'keypair create --sandbox --provider tencent --name foo --quiet',
      shown: [`${HOME}/.ssh/foo`],
    },
  ];
  const blocks = readMarkdown(readFileSync(path.join(ROOT, page), 'utf8')).flatMap((section) => section.blocks);
  for (const { lines } of blocks.filter(({ language }) => language === 'console')) {
    for (const line of lines) {
      if (line.startsWith('$ ')) found.push({ command: line.slice(2), shown: [] });
      else found.at(-1)?.shown.push(line);
    }
  }
  return found.filter(
    ({ command, shown }) => !command.startsWith(ENDLESS) && (shown.length > 0 || command.startsWith('chmod ')),
  );
}

it.each(PAGES)(
  'what %s shows is what the program says, line by line',
  (page) => {
    const home = temporaryDirectory();
    const bin = path.join(home, 'bin');
    mkdirSync(bin);
    symlinkSync(PROGRAM, path.join(bin, 'keypair'));
    const env = {
      PATH: `${bin}:${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      TENCENTCLOUD_SECRET_ID: 'AKID0123456789abcdefghijABCDEFGHIJ',
      TENCENTCLOUD_SECRET_KEY: 'abcdefghijABCDEFGHIJ012345678901',
    };
    /** What stands on the page, and what stands in its place in this run. */
    const here = new Map<string, string>();
    const inThisRun = (text: string): string =>
      text.replaceAll(HOME, home).replaceAll(VARYING, (value) => here.get(value) ?? value);

    for (const { command, shown } of steps(page)) {
      expect(command).toMatch(HARMLESS);
      const { stdout } = spawnSync('sh', ['-c', `exec 2>&1\n${inThisRun(command)}`], {
        cwd: home,
        encoding: 'utf8',
        timeout: 20_000,
        env,
      });
      const said = stdout.split('\n').slice(0, -1);
      let skipping = false;
      for (const line of shown) {
        // Dots stand for all that comes before the next line.
        if (line === '…') {
          skipping = true;
          continue;
        }
        let next = said.shift();
        while (skipping && next !== undefined && next !== inThisRun(line)) next = said.shift();
        skipping = false;
        const [known] = line.match(VARYING) ?? [];
        const [value] = next?.match(VARYING) ?? [];
        if (known !== undefined && value !== undefined && !here.has(known)) here.set(known, value);
        expect(next, `$ ${command}\n${stdout}`).toBe(inThisRun(line));
      }
      if (!skipping) expect(said, `$ ${command}`).toEqual([]);
    }
  },
  60_000,
);
