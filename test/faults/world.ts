import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileRepositories } from '../../sandbox/file-repository.ts';
import { type StoredPair, withPairs } from '../../sandbox/repository.ts';
import { type Served, serveSandbox } from '../support/served.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import type { Scenario } from './scenarios.ts';
import { traced, type Thread, type Traced } from './traced.ts';

/** A cloud of its own, outside strace, for one run after another. */
export interface World {
  readonly served: Served;
  /** The pair `foo` in the cloud, or null. */
  pair(scenario: Scenario): StoredPair | null;
  /** Puts a pair `foo` into the cloud, unless it is there. */
  seed(scenario: Scenario, publicKey: string): void;
  /** How often the cloud has made a pair. */
  readonly made: number;
  /** Runs a command in a fresh home with something injected, looks at it, and cleans up. */
  run<T>(
    scenario: Scenario,
    thread: Thread,
    inject: readonly string[],
    look: (home: string, traced: Traced) => Promise<T> | T,
    prepare?: (home: string) => Promise<void>,
  ): Promise<T>;
  close(): Promise<void>;
}

/** Opens a world. */
export async function openWorld(): Promise<World> {
  const root = temporaryDirectory();
  const stateDir = path.join(root, 'cloud');
  mkdirSync(stateDir);
  let made = 0;
  const served = await serveSandbox({
    stateDir,
    behaviour: { requestsPerSecond: null },
    onRequest: ({ action }) => {
      if (action === 'CreateKeyPair' || action === 'ImportKeyPair') made += 1;
    },
  });
  const repositoryFor = fileRepositories(stateDir);
  return {
    served,
    get made() {
      return made;
    },
    pair: ({ service, region }) =>
      repositoryFor(service, region)
        .read()
        .pairs.find(({ name }) => name === 'foo') ?? null,
    seed: ({ service, region }, publicKey) => {
      repositoryFor(service, region).update((contents) =>
        contents.pairs.length > 0 ? contents : withPairs(contents, [storedPair(publicKey)]),
      );
    },
    run: async (scenario, thread, inject, look, prepare) => {
      const { service, region, args, passphrase, always = [] } = scenario;
      const home = mkdtempSync(path.join(root, 'home-'));
      try {
        made = 0;
        await prepare?.(home);
        const log = `${home}.trace`;
        const result = await traced(args, {
          home,
          env: served.env,
          thread,
          inject: [...always, ...inject],
          ...(passphrase === undefined ? {} : { input: `${passphrase}\n` }),
          log,
        });
        // The cloud may still be at work on the last words of a client that was killed.
        if (thread === 'network' && result.run.exit === 'SIGKILL') await setTimeout(150);
        return await look(home, result);
      } finally {
        served.sandbox.remove({ service, region, names: ['foo'] });
        rmSync(home, { recursive: true, force: true });
      }
    },
    close: () => served.close(),
  };
}

function storedPair(publicKey: string): StoredPair {
  return {
    id: 'skey-12345678',
    name: 'foo',
    publicKey: publicKey.trim(),
    fingerprint: '',
    createdAt: new Date().toISOString(),
    projectId: 0,
    description: '',
    resourceGroupId: '',
    tags: [],
  };
}
