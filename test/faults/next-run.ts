import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Findings, lookAt } from './findings.ts';
import type { Scenario } from './scenarios.ts';
import type { World } from './world.ts';

/**
 * What the next runs of the program make of a create that was killed while the pair is in the cloud: the next command
 * tells of it, and `create --recreate` finishes it, with the same pair wherever its key had been kept.
 *
 * @returns what is wrong, or nothing.
 */
export async function explainsOrFinishes(
  world: World,
  scenario: Scenario,
  home: string,
  { published, publicHalf, holders, journal }: Findings,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const entry = journal.find((found) => found?.['name'] === 'foo');
  const provider = scenario.service === 'ecs' ? 'aliyun' : 'tencent';
  const next = await world.served.run(['list', '-p', provider], { home });
  if (next.exit !== 0) wrong.push(`the next run ends with ${next.exit}: ${next.stderr}`);
  else if (!/^foo\t/m.test(next.stdout)) wrong.push('the next run does not see the pair');
  if (entry === undefined || entry === null) {
    if (!published || !publicHalf) wrong.push('no entry of the journal names the pair');
    return wrong;
  }
  const told = [entry['provider'], entry['region'], entry['privateKeyFile']];
  if (told.join() !== [provider, scenario.region, path.join(home, '.ssh/foo')].join())
    wrong.push(`the entry of the journal is about ${told.join()}`);
  if (!/^keypair: .*\bfoo\b/m.test(next.stderr)) wrong.push(`the next run does not tell of it: ${next.stderr}`);

  // What is complete but for the note of it, the next command has finished by itself.
  const rest = lookAt(home, world.pair(scenario), scenario);
  if (rest.published && rest.publicHalf && rest.journal.length === 0) return [...wrong, ...leftovers(home)];

  const before = world.pair(scenario);
  const { passphrase } = scenario;
  const closed = passphrase === undefined ? [] : ['--passphrase-stdin'];
  const args = ['create', '-p', provider, '-r', scenario.region, '--name', 'foo', ...closed, '--recreate'];
  const options = passphrase === undefined ? { home } : { home, input: `${passphrase}\n` };
  let finish = await world.served.run(args, options);
  if (finish.exit === 5 && holders.length === 0) {
    // No answer came: nothing proves whose the pair is, and the user names it.
    const [, named] = /--recreate (\S+)\n/.exec(finish.stderr) ?? [];
    if (named === undefined) return [...wrong, `it does not say how to name the pair: ${finish.stderr}`];
    finish = await world.served.run([...args, named], options);
  }
  if (finish.exit !== 0) return [...wrong, `it is not finished (${finish.exit}): ${finish.stderr}`];
  const after = world.pair(scenario);
  const found = lookAt(home, after, scenario);
  wrong.push(...found.broken);
  if (!found.published || !found.publicHalf) wrong.push('the key is not under its name when it is finished');
  if (found.journal.length > 0) wrong.push('the journal is still open when it is finished');
  if (holders.length > 0 && after?.id !== before?.id) wrong.push('a pair whose key was here was made anew');
  return [...wrong, ...leftovers(home)];
}

function leftovers(home: string): readonly string[] {
  const names = readdirSync(path.join(home, '.ssh')).filter((name) => name.endsWith('.keypair'));
  return names.map((name) => `left when it is finished: ${name}`);
}
