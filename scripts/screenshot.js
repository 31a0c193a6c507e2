import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { SCENES } from './scenes.js';
import { svgOf } from './svg.js';

/**
 * Writes docs/screenshots/: what the built program (`npm run build` comes first) leaves on a terminal, as SVG. The
 * scenes are in scenes.js. Arguments: the scenes to play (all without), and `--to DIR`.
 */

const root = path.resolve(import.meta.dirname, '..');
const program = path.join(root, 'bin/keypair.js');

/** The home in the pictures. The one that is used has as many letters, so that every line comes out as long. */
const HOME = '/home/ada';

/** Longest wait for something on the screen, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Texts that differ from run to run, and letters for something as wide in their place. */
const VARYING = [
  [/(?<=\b(?:skey|lhkp)-)[0-9a-z]{8}\b|(?<=\bssh-)[0-9a-z]{20}\b/g, 'k7qm2xvt9rb4lzwc8nhy5pjd3gsf6a0'],
  [/(?<=SHA256:)[A-Za-z0-9+/]{8,43}/g, 'k7Qm2xVt9Rb4LzWc8NhY5pJd3GsF6vKa1TeXn0UyBoiE'],
  [/\b[0-9a-f]{2}(?::[0-9a-f]{2}){15,19}\b/g, '2a:d7:1b:60:c9:8e:45:f3:'],
];

/** How far the letters are turned from text to text: no two are alike, and the colons stay in their places. */
const TURN = 21;

await main(process.argv.slice(2));

async function main(args) {
  const to = args.indexOf('--to');
  const directory = to === -1 ? path.join(root, 'docs/screenshots') : path.resolve(args[to + 1]);
  const names = to === -1 ? args : args.toSpliced(to, 2);
  const unknown = names.filter((name) => !SCENES.some((scene) => scene.name === name));
  if (unknown.length > 0) throw new Error(`no such scene: ${unknown.join(', ')}`);
  await mkdir(directory, { recursive: true });
  for (const scene of SCENES) {
    if (names.length > 0 && !names.includes(scene.name)) continue;
    await writeFile(path.join(directory, `${scene.name}.svg`), await shoot(scene));
  }
}

/** Plays one scene in a home of its own, and gives its last screen. */
async function shoot({ title, columns = 90, before = [], args, keys = [], env = {} }) {
  const home = await shortHome();
  try {
    for (const line of before) {
      const quiet = play(line, home, columns, env);
      const code = await quiet.ended;
      if (code !== 0) throw new Error(`keypair ${line.join(' ')} ended with ${code}:\n${quiet.text()}`);
      quiet.end();
    }
    const screen = play(args, home, columns, env);
    for (const [shown, typed] of keys) {
      await screen.shows(shown);
      if (typed !== null) screen.type(typed);
    }
    // A scene whose last step types nothing is over while the program still waits.
    if (keys.at(-1)?.[1] !== null) await screen.ended;
    else await screen.settled();
    const rows = screen.rows();
    screen.end();
    return svgOf(title ?? `keypair ${args.join(' ')}`, columns, rows);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** A new directory below /tmp whose path is as long as {@link HOME}. */
async function shortHome() {
  for (;;) {
    const random = randomBytes(8).toString('hex');
    const directory = `/tmp/${random.slice(0, HOME.length - '/tmp/'.length)}`;
    try {
      await mkdir(directory, { mode: 0o700 });
      return directory;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
}

/** Starts the program on a terminal. */
function play(args, home, columns, more) {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    FORCE_COLOR: '1',
    ...more,
  };
  const terminal = new xterm.Terminal({ cols: columns, rows: 60, allowProposedApi: true });
  const pty = spawn(process.execPath, [program, ...args], { cols: columns, rows: 60, cwd: home, env });
  let drawn = Promise.resolve();
  pty.onData((data) => {
    drawn = new Promise((resolve) => terminal.write(data, resolve));
  });
  terminal.onData((data) => pty.write(data));
  const ended = new Promise((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode))).then(async (code) => {
    await drawn;
    return code;
  });
  const rows = () => rowsOf(terminal, home);
  const text = () =>
    rows()
      .map((row) => row.map(({ text }) => text).join(''))
      .join('\n');
  return {
    ended,
    rows,
    text,
    type: (keys) => pty.write(keys),
    async shows(what) {
      const until = Date.now() + PATIENCE_MS;
      while (!text().includes(what)) {
        if (Date.now() > until) throw new Error(`the screen never showed ${what}, but this:\n${text()}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async settled() {
      for (let before = null; before !== text();) {
        before = text();
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    },
    end() {
      try {
        pty.kill('SIGKILL');
      } catch {
        // It has ended.
      }
      terminal.dispose();
    },
  };
}

/** The lines of the screen down to the last that is not empty, each as runs of cells that look the same. */
function rowsOf(terminal, home) {
  const buffer = terminal.buffer.active;
  const seen = new Map();
  const rows = [];
  for (let y = 0; y < buffer.length; y += 1) {
    const line = buffer.getLine(y);
    const steady = masked(line.translateToString(), home, seen);
    const runs = [];
    let at = 0;
    for (let x = 0; x < terminal.cols; x += 1) {
      const cell = line.getCell(x);
      // The second half of a wide character.
      if (cell.getWidth() === 0) continue;
      const chars = cell.getChars() || ' ';
      const text = steady.slice(at, at + chars.length);
      at += chars.length;
      const look = lookOf(cell);
      const last = runs.at(-1);
      if (last !== undefined && last.key === look.key && last.wide === (cell.getWidth() === 2)) {
        last.text += text;
        last.width += cell.getWidth();
      } else runs.push({ ...look, x, text, width: cell.getWidth(), wide: cell.getWidth() === 2 });
    }
    rows.push(runs);
  }
  while (rows.length > 0 && rows.at(-1).every(({ text }) => text.trim() === '')) rows.pop();
  return rows;
}

function lookOf(cell) {
  const color = cell.isFgPalette()
    ? cell.getFgColor()
    : cell.isFgRGB()
      ? `#${cell.getFgColor().toString(16).padStart(6, '0')}`
      : null;
  const look = {
    color,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    inverse: cell.isInverse() !== 0,
    underline: cell.isUnderline() !== 0,
  };
  return { ...look, key: JSON.stringify(look) };
}

/**
 * Makes a line the same in every run. What stands for a text is as long, and another one for each of the screen's.
 *
 * @param {Map<string, number>} seen which texts the screen has so far; filled.
 */
function masked(text, home, seen) {
  return VARYING.reduce(
    (so, [pattern, letters]) =>
      so.replaceAll(pattern, (varying) => {
        if (!seen.has(varying)) seen.set(varying, seen.size);
        const shift = TURN * seen.get(varying);
        return Array.from(varying, (_, index) => letters[(index + shift) % letters.length]).join('');
      }),
    text.replaceAll(home, HOME),
  );
}
