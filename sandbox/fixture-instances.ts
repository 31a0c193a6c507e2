import type { Service } from './behaviour.ts';
import type { StoredInstance } from './instances.ts';

const PREFIXES: Readonly<Record<Service, string>> = { cvm: 'ins', lighthouse: 'lhins', ecs: 'i' };

/** The servers of every region: two that run and two that do not, and one with Windows, which takes no key. */
const FIXTURES = [
  { name: 'web-1', platform: 'linux', running: true },
  { name: 'web-2', platform: 'linux', running: true },
  { name: 'batch-1', platform: 'linux', running: false },
  { name: 'batch-2', platform: 'linux', running: false },
  { name: 'office-1', platform: 'windows', running: false },
] as const;

/** The instances that a service has in each region from the start: `ins-sandbox1` to `ins-sandbox5` and their like. */
export function fixtureInstances(service: Service): readonly StoredInstance[] {
  return FIXTURES.map((server, index) => ({
    ...server,
    id: `${PREFIXES[service]}-sandbox${index + 1}`,
    address: `10.0.0.${index + 1}`,
    keys: [],
    operation: null,
  }));
}
