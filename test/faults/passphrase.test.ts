import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decryptedKey } from '../../src/keys/passphrase.ts';
import { formatPublicKey } from '../../src/keys/public-key.ts';
import { Secret } from '../../src/secret.ts';
import { modeOf, temporaryDirectory } from '../support/temporary.ts';
import { errorsAt, type Fault } from './errors.ts';
import { EXHAUSTIVE, PATIENCE_MS } from './points.ts';
import { makePair, placePair } from './scenarios.ts';
import { Tally } from './tally.ts';
import { type Call, traced, type Traced } from './traced.ts';

const PRESENT = makePair();
const PASSPHRASE = 'correct horse';
const tally = new Tally();
let root: string;
beforeAll(() => {
  root = temporaryDirectory();
  for (const what of ['points killed', 'faults injected', 'keys lost']) tally.add(what, 0);
});
afterAll(() => {
  console.log(`a passphrase is set\n${tally.toString()}`);
});

/** Sets a passphrase in a fresh home, and looks at what is left. */
async function inHome<T>(inject: readonly string[], look: (ssh: string, done: Traced) => T): Promise<T> {
  const home = mkdtempSync(path.join(root, 'home-'));
  try {
    placePair(home, PRESENT);
    const args = ['passphrase', 'foo', '--passphrase-stdin', '-q'];
    const log = `${home}.trace`;
    const done = await traced(args, { home, env: {}, thread: 'disk', inject, log, input: `${PASSPHRASE}\n` });
    return look(path.join(home, '.ssh'), done);
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** What the key file holds. */
function contentOf(ssh: string): 'old' | 'new' | 'lost' {
  const text = readFileSync(path.join(ssh, 'foo'), 'utf8');
  if (text === PRESENT.privateKey) return 'old';
  try {
    const { publicKey } = decryptedKey(new Secret(text), new Secret(PASSPHRASE));
    return `${formatPublicKey(publicKey)}\n` === PRESENT.publicKey ? 'new' : 'lost';
  } catch {
    return 'lost';
  }
}

function strike(fault: Fault): Promise<readonly string[]> {
  return inHome(fault.inject, (ssh, { run: { exit, stderr }, struck }) => {
    if (struck === 0) return [`it did not strike: ${stderr}`];
    const killed = fault.what === 'killed';
    tally.add(killed ? 'points killed' : 'faults injected');
    const wrong: string[] = [];
    const content = contentOf(ssh);
    if (content === 'lost') {
      tally.add('keys lost');
      wrong.push('foo is neither the old one nor the new one');
    }
    if (readFileSync(path.join(ssh, 'foo.pub'), 'utf8') !== PRESENT.publicKey) wrong.push('foo.pub is another');
    if (modeOf(path.join(ssh, 'foo')) !== 0o600) wrong.push('foo has another mode');
    const left = readdirSync(ssh).filter((name) => name !== 'foo' && name !== 'foo.pub');
    for (const name of left) {
      const isOurs = /^\.foo\.[0-9a-f]{12}\.keypair$/.test(name);
      if (!isOurs || modeOf(path.join(ssh, name)) !== 0o600) wrong.push(`${name} is left`);
      if (readFileSync(path.join(ssh, name), 'utf8').includes('RSA PRIVATE')) wrong.push(`${name} is not encrypted`);
    }
    if (!killed) {
      if (left.length > 0 && fault.at.name !== 'unlink') wrong.push(`${left.join()} is left`);
      if (exit === 1 || typeof exit !== 'number') wrong.push(`ended with ${exit}`);
      if ((exit === 0 || exit === 7) !== (content === 'new'))
        wrong.push(`ended with ${exit}, but foo is the ${content}`);
    }
    return wrong.map((what) => `${what} (exit ${exit}: ${stderr.trim()})`);
  });
}

const kill = (at: Call): Fault => ({ at, what: 'killed', inject: [`${at.name}:signal=KILL:when=${at.nth}`] });

describe('a key whose passphrase is set', { timeout: PATIENCE_MS }, () => {
  it('is the old one or the new one, whatever fails', async () => {
    const points = await inHome([], (ssh, { run, calls }) => {
      expect([run.exit, run.stderr, contentOf(ssh)]).toEqual([0, '', 'new']);
      return calls.filter(({ text }) => text.includes('~/.ssh'));
    });
    const named = (name: string): number => points.filter((point) => point.name === name).length;
    expect([named('rename'), named('fsync')]).toEqual([1, 2]);
    const queue = points.flatMap((point) => [kill(point), ...errorsAt(point, EXHAUSTIVE ? Infinity : 1)]);
    const failures: string[] = [];
    const work = async (): Promise<void> => {
      for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
        const wrong = await strike(fault);
        const { what, at } = fault;
        failures.push(...wrong.map((found) => `${what} at ${at.text} (${at.name} ${at.nth}): ${found}`));
      }
    };
    await Promise.all([work(), work()]);
    expect(failures).toEqual([]);
  });
});
