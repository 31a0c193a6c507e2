import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Service } from './behaviour.ts';
import { fileRepositories } from './file-repository.ts';

/** How many key pairs a state folder holds for one service and region. */
export interface Count {
  readonly service: Service;
  readonly region: string;
  readonly keyPairs: number;
}

const SERVICES: readonly Service[] = ['cvm', 'lighthouse', 'ecs'];

/** Counts the key pairs in a state folder, leaving out empty regions. A folder that is not there holds none. */
export function countKeyPairs(stateDir: string): Promise<readonly Count[]> {
  const repositoryFor = fileRepositories(stateDir);
  const counts = SERVICES.flatMap((service) =>
    folders(join(stateDir, service)).map((region) => ({
      service,
      region,
      keyPairs: repositoryFor(service, region).read().pairs.length,
    })),
  );
  return Promise.resolve(counts.filter(({ keyPairs }) => keyPairs > 0));
}

function folders(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}
