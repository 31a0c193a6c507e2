import type { Exchange } from './record.ts';
import { placesOf } from './shape.ts';

/** One difference between the cloud and the sandbox. */
export interface Difference {
  /** The action, and the place in its answer: `DescribeKeyPairs Response.KeyPairSet[].CreatedTime`. Or a fact. */
  readonly about: string;
  /** `absent`, or the kinds of values. */
  readonly cloud: string;
  readonly sandbox: string;
  /** The steps in which it was seen. */
  readonly steps: readonly string[];
}

/** The facts that one side has shown, by what they are about. */
export type Facts = ReadonlyMap<string, string>;

/** What differs between the answers to the same calls, and between the facts. */
export function compare(
  cloud: { readonly exchanges: readonly Exchange[]; readonly facts: Facts },
  sandbox: { readonly exchanges: readonly Exchange[]; readonly facts: Facts },
): readonly Difference[] {
  const found = new Map<string, { about: string; cloud: string; sandbox: string; steps: string[] }>();
  const report = (step: string, about: string, here: string, there: string): void => {
    const key = JSON.stringify([about, here, there]);
    const difference = found.get(key) ?? { about, cloud: here, sandbox: there, steps: [] };
    found.set(key, difference);
    difference.steps.push(step);
  };
  for (const [title, fact] of cloud.facts) {
    const there = sandbox.facts.get(title);
    if (there !== undefined && there !== fact) report('fact', title, fact, there);
  }
  const [ours, theirs] = [byCall(cloud.exchanges), byCall(sandbox.exchanges)];
  for (const [call, exchanges] of ours) {
    const twins = theirs.get(call);
    const { step, action } = exchanges[0]!;
    if (twins === undefined) {
      report(step, action, 'called', 'not called');
      continue;
    }
    const [status, other] = [exchanges, twins].map((all) => joined(new Set(all.map((one) => String(one.status)))));
    if (status !== other) report(step, `${action} HTTP status`, status ?? '', other ?? '');
    comparePlaces(mergedPlaces(exchanges), mergedPlaces(twins), (place, here, there) => {
      report(step, `${action} ${place}`, here, there);
    });
  }
  return [...found.values()];
}

function byCall(exchanges: readonly Exchange[]): ReadonlyMap<string, readonly Exchange[]> {
  const calls = new Map<string, Exchange[]>();
  for (const exchange of exchanges) {
    // How often a service asks to wait is no property of its answers.
    if (exchange.throttled) continue;
    const call = `${exchange.step} ${exchange.action}`;
    calls.set(call, [...(calls.get(call) ?? []), exchange]);
  }
  return calls;
}

type Places = ReadonlyMap<string, ReadonlySet<string>>;

function mergedPlaces(exchanges: readonly Exchange[]): Places {
  const merged = new Map<string, ReadonlySet<string>>();
  for (const { answer } of exchanges) {
    for (const [place, kinds] of placesOf(answer)) merged.set(place, new Set([...(merged.get(place) ?? []), ...kinds]));
  }
  return merged;
}

function comparePlaces(cloud: Places, sandbox: Places, report: (...differs: [string, string, string]) => void): void {
  for (const place of new Set([...sandbox.keys(), ...cloud.keys()])) {
    const [here, there] = [cloud.get(place), sandbox.get(place)];
    // What is in an object or a list that one side lacks is told once, by that.
    const parent = /^(.*?)(?:\[\]|\.?[^.[\]]+)$/.exec(place)?.[1] ?? '';
    if (place !== '' && !(holds(cloud.get(parent)) && holds(sandbox.get(parent)))) continue;
    if (joined(here) !== joined(there)) report(place === '' ? 'body' : place, joined(here), joined(there));
  }
}

function holds(kinds: ReadonlySet<string> | undefined): boolean {
  return kinds !== undefined && (kinds.has('object') || kinds.has('list'));
}

function joined(kinds: ReadonlySet<string> | undefined): string {
  return kinds === undefined ? 'absent' : [...kinds].sort().join(' or ');
}
