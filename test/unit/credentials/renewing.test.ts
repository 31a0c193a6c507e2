import { expect, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { renewableSource } from '../../../src/credentials/temporary.ts';
import type { Credentials, CredentialSource } from '../../../src/providers/credentials.ts';
import { KeypairError } from '../../../src/errors.ts';
import { failureOf, signal } from '../providers/fake-service.ts';

const MINUTE = 60_000;

/** A vendor whose answers come when the test says so, and a clock that goes when the test says so. */
class Vendor {
  time = Date.parse('2026-11-22T00:00:00Z');
  /** How long the next credentials last, in milliseconds; null for ever. */
  lifetime: number | null = 60 * MINUTE;
  readonly signals: AbortSignal[] = [];
  readonly source: CredentialSource;
  #answers: { resolve(): void; reject(error: Error): void }[] = [];

  constructor() {
    this.source = renewableSource(
      'a role',
      (given) => this.#obtain(given),
      () => new Date(this.time),
    );
  }

  get asked(): number {
    return this.signals.length;
  }

  #obtain(given: AbortSignal): Promise<Credentials> {
    const number = this.signals.push(given);
    return new Promise((resolve, reject) => {
      this.#answers.push({
        resolve: () => {
          resolve({
            id: `id ${number}`,
            secret: new Secret('s'),
            token: null,
            source: 'a role',
            expiresAt: this.lifetime === null ? null : new Date(this.time + this.lifetime),
          });
        },
        reject,
      });
    });
  }

  answer(): void {
    this.#answers.shift()!.resolve();
  }

  fail(): void {
    this.#answers.shift()!.reject(new KeypairError('UNAVAILABLE', 'nobody there'));
  }

  async id(given = signal): Promise<string> {
    return (await this.source.current(given)).id;
  }

  /** The credentials that one more request brings. */
  renewed(): Promise<string> {
    const id = this.id();
    this.answer();
    return id;
  }
}

test('asks when they are first needed, and not again while they are good', async () => {
  const vendor = new Vendor();
  expect(vendor.asked).toBe(0);
  expect(await vendor.renewed()).toBe('id 1');
  vendor.time += 54 * MINUTE;
  expect(await vendor.id()).toBe('id 1');
  expect(vendor.asked).toBe(1);
});

test('renews five minutes before they end', async () => {
  const vendor = new Vendor();
  await vendor.renewed();
  vendor.time += 55 * MINUTE - 1;
  expect(await vendor.id()).toBe('id 1');
  vendor.time += 1;
  expect(await vendor.renewed()).toBe('id 2');
  expect(await vendor.id()).toBe('id 2');
});

test('does not renew short ones for each request', async () => {
  const vendor = new Vendor();
  vendor.lifetime = 4 * MINUTE;
  await vendor.renewed();
  vendor.time += 3 * MINUTE - 1;
  expect(await vendor.id()).toBe('id 1');
  vendor.time += 1;
  expect(await vendor.renewed()).toBe('id 2');
});

test('keeps for ever what never ends', async () => {
  const vendor = new Vendor();
  vendor.lifetime = null;
  await vendor.renewed();
  vendor.time += 1e12;
  expect(await vendor.id()).toBe('id 1');
});

test('several that need them at once share one request', async () => {
  const vendor = new Vendor();
  const all = [vendor.id(), vendor.id(), vendor.id()];
  vendor.answer();
  expect(await Promise.all(all)).toEqual(['id 1', 'id 1', 'id 1']);
  expect(vendor.asked).toBe(1);
});

test('one that goes does not take the request from the others', async () => {
  const vendor = new Vendor();
  const leaving = new AbortController();
  const gone = failureOf(vendor.id(leaving.signal));
  const staying = vendor.id();
  leaving.abort();
  expect(await gone).toMatchObject({ code: 'CANCELLED', outcome: 'none' });
  expect(vendor.signals[0]!.aborted).toBe(false);
  vendor.answer();
  expect(await staying).toBe('id 1');
});

test('the request ends with the last one that waits, and the next one asks anew', async () => {
  const vendor = new Vendor();
  const leaving = new AbortController();
  const gone = [failureOf(vendor.id(leaving.signal)), failureOf(vendor.id(leaving.signal))];
  leaving.abort();
  const next = vendor.id();
  expect(await Promise.all(gone)).toMatchObject([{ code: 'CANCELLED' }, { code: 'CANCELLED' }]);
  expect(vendor.signals.map(({ aborted }) => aborted)).toEqual([false]);
  // The next one came in time: the request is its own now.
  vendor.answer();
  expect(await next).toBe('id 1');

  vendor.time += 60 * MINUTE;
  const late = new AbortController();
  const last = failureOf(vendor.id(late.signal));
  late.abort();
  expect(await last).toMatchObject({ code: 'CANCELLED' });
  expect(vendor.signals[1]!.aborted).toBe(true);
  const anew = vendor.id();
  expect(vendor.asked).toBe(3);
  vendor.fail(); // the answer to the one that was given up
  vendor.answer();
  expect(await anew).toBe('id 3');
});

test('who has gone already asks for nothing', async () => {
  const vendor = new Vendor();
  expect(await failureOf(vendor.id(AbortSignal.abort()))).toMatchObject({ code: 'CANCELLED' });
  expect(vendor.asked).toBe(0);
});

test('all that wait hear of a failure, and the next one asks again', async () => {
  const vendor = new Vendor();
  const all = [failureOf(vendor.id()), failureOf(vendor.id())];
  vendor.fail();
  expect(await Promise.all(all)).toMatchObject([{ code: 'UNAVAILABLE' }, { code: 'UNAVAILABLE' }]);
  expect(await vendor.renewed()).toBe('id 2');
});

test('what cannot be renewed is used while it is good, and renewal is tried again after a while', async () => {
  const vendor = new Vendor();
  await vendor.renewed();
  vendor.time += 56 * MINUTE;
  const kept = vendor.id();
  vendor.fail();
  expect(await kept).toBe('id 1');
  expect(await vendor.id()).toBe('id 1');
  expect(vendor.asked).toBe(2);
  vendor.time += MINUTE;
  expect(await vendor.renewed()).toBe('id 3');
});

test('what cannot be renewed is not used to its very end', async () => {
  const vendor = new Vendor();
  await vendor.renewed();
  vendor.time += 60 * MINUTE - 29_999;
  const late = failureOf(vendor.id());
  vendor.fail();
  expect(await late).toMatchObject({ code: 'UNAVAILABLE' });
});

test('what has ended is not used, although renewal was put off', async () => {
  const vendor = new Vendor();
  await vendor.renewed();
  vendor.time += 60 * MINUTE - 30_000;
  const kept = vendor.id();
  vendor.fail();
  expect(await kept).toBe('id 1');
  vendor.time += 30_000;
  const ended = failureOf(vendor.id());
  vendor.fail();
  expect(await ended).toMatchObject({ code: 'UNAVAILABLE' });
});

test('a renewal that was given up does not put off the next', async () => {
  const vendor = new Vendor();
  await vendor.renewed();
  vendor.time += 56 * MINUTE;
  const leaving = new AbortController();
  const gone = failureOf(vendor.id(leaving.signal));
  leaving.abort();
  await gone;
  vendor.fail();
  await Promise.resolve();
  await Promise.resolve();
  expect(await vendor.renewed()).toBe('id 3');
});
