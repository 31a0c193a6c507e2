import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityOf, allPages, allPieces, type Page, type Paging } from '../../../src/providers/paging.ts';
import type { KeyPair } from '../../../src/providers/types.ts';
import type { HttpRequest, Send } from '../../../src/http/types.ts';
import { collect, failureOf, fakeSend, providerFor, responseOf, signal } from './fake-service.ts';
import { INTERFACES } from './interfaces.ts';

function names(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `k${from + index}`);
}

function pageOf(request: HttpRequest): { offset: number; name: string | null } {
  const form = new URLSearchParams(request.body);
  const query = request.url.searchParams;
  if (query.has('PageNumber')) {
    const offset = (Number(query.get('PageNumber')) - 1) * Number(query.get('PageSize'));
    return { offset, name: query.get('KeyPairName') };
  }
  if (request.headers['content-type'] === 'application/json') {
    const body = JSON.parse(request.body ?? '') as {
      Offset: number;
      Filters?: [{ Name: string; Values: string[] }];
    };
    if (body.Filters !== undefined) expect(body.Filters[0].Name).toBe('key-name');
    return { offset: body.Offset, name: body.Filters?.[0].Values[0] ?? null };
  }
  const name = form.get('keyName') ?? form.get('Filters.1.Values.1');
  return { offset: Number(form.get('offset') ?? form.get('Offset')), name };
}

describe.each(INTERFACES)('$label', (api) => {
  async function listWith(all: readonly string[], total: unknown, name?: string) {
    const asked: ReturnType<typeof pageOf>[] = [];
    const send: Send = (request) => {
      const page = pageOf(request);
      asked.push(page);
      const rows = all.slice(page.offset, page.offset + api.descriptor.pageSize);
      return Promise.resolve(responseOf(api.page(rows, total)));
    };
    const provider = await providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
    const pairs = await collect(provider.listKeyPairs(name === undefined ? {} : { name }, signal));
    return { found: pairs.map((pair) => pair.name), asked };
  }

  test('all pages are read, in order', async () => {
    const all = names(api.descriptor.pageSize * 2 + 3);
    const { found, asked } = await listWith(all, all.length);
    expect(found).toEqual(all);
    const { pageSize } = api.descriptor;
    // Alibaba's services are asked by number, from the last page to the first. The others overlap.
    const overlapping = [0, pageSize - 1, 2 * (pageSize - 1)];
    const numbered = [0, 2 * pageSize, pageSize, 0];
    expect(asked.map(({ offset }) => offset)).toEqual(api.descriptor.vendor === 'aliyun' ? numbered : overlapping);
  });

  test.each([0, -1, '0', 'many', null, undefined, {}, 1e99, 2 ** 53, 1, '1'])(
    'a total of %j neither ends the list early nor keeps it from ending',
    async (total) => {
      const all = names(api.descriptor.pageSize * 2);
      const { found, asked } = await listWith(all, total);
      expect(found).toEqual(all);
      expect(asked.length).toBeLessThanOrEqual(5);
    },
  );

  test('an empty list is empty', async () => {
    expect((await listWith([], 0)).found).toEqual([]);
  });

  test('a name is asked for and looked at again', async () => {
    const { found, asked } = await listWith(['web', 'web2', 'Web', 'my_web'], 4, 'web');
    expect(found).toEqual(['web']);
    expect(asked[0]?.name).toBe('web');
  });

  test('a service that sends the same page for ever is left', async () => {
    const page = api.page(names(api.descriptor.pageSize), 1_000_000);
    const { send, requests } = fakeSend(page);
    const provider = await providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
    expect(await collect(provider.listKeyPairs({}, signal))).toHaveLength(api.descriptor.pageSize);
    expect(requests.length).toBeLessThan(10);
  });

  test('a list that is null is empty', async () => {
    const text = JSON.stringify(api.page([], 0).body).replace('[]', 'null');
    const { send } = fakeSend({ body: text });
    const provider = await providerFor(api.descriptor, { send, apiVersion: api.apiVersion });
    expect(await collect(provider.listKeyPairs({}, signal))).toEqual([]);
  });
});

/** How a list of pairs is paged, by offset. */
function paged(pageSize: number, more: Partial<Paging<KeyPair>> = {}): Paging<KeyPair> {
  return { pageSize, numbered: false, keyOf: identityOf, signal, ...more };
}

function pair(name: string, id: string | null = null): KeyPair {
  const nothing = { publicKey: null, fingerprint: null, createdAt: null, description: null };
  return { id, name, ...nothing, projectId: null, tags: null, instances: null };
}

test('a pair that moves to the next page is given once', async () => {
  const pages: Page<KeyPair>[] = [
    { rows: 2, total: 4, items: [pair('a', '1'), pair('b', '2')] },
    { rows: 2, total: 4, items: [pair('b', '2'), pair('c', '3')] },
    { rows: 1, total: 4, items: [pair('c', '3')] },
    { rows: 0, total: 4, items: [] },
  ];
  const found = await collect(allPages(({ offset }) => Promise.resolve(pages[offset]!), paged(2)));
  expect(found.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

test('two pairs of one name and two ids are two pairs', async () => {
  const page: Page<KeyPair> = { rows: 2, total: 2, items: [pair('a', '1'), pair('a', '2')] };
  expect(await collect(allPages(() => Promise.resolve(page), paged(100)))).toHaveLength(2);
});

test('a service that gives shorter pages than asked for is read on from where it stopped', async () => {
  const all = names(7);
  const offsets: number[] = [];
  const fetchPage = ({ offset }: { offset: number }): Promise<Page<KeyPair>> => {
    offsets.push(offset);
    const rows = all.slice(offset, offset + 3);
    return Promise.resolve({ rows: rows.length, total: 7, items: rows.map((name) => pair(name)) });
  };
  expect((await collect(allPages(fetchPage, paged(100)))).map(({ name }) => name)).toEqual(all);
  expect(offsets).toEqual([0, 2, 4]);
});

test('a list that grows for ever is given up', async () => {
  let made = 0;
  const endless = (): Promise<Page<KeyPair>> => {
    made += 1;
    return Promise.resolve({ rows: 1, total: 2 ** 40, items: [pair(`k${made}`)] });
  };
  expect(await failureOf(collect(allPages(endless, paged(1))))).toMatchObject({ code: 'FAILURE' });
  expect(made).toBe(1000);
});

test('pages are fetched only as they are needed', async () => {
  const { send, requests } = fakeSend(INTERFACES[0]!.page(names(100), 1000));
  const provider = await providerFor(INTERFACES[0]!.descriptor, { send });
  for await (const first of provider.listKeyPairs({}, signal)) {
    expect(first.name).toBe('k0');
    break;
  }
  expect(requests).toHaveLength(1);
});

test('ECS is asked for public keys', async () => {
  const { send, requests } = fakeSend(INTERFACES[2]!.page([], 0));
  await collect((await providerFor(INTERFACES[2]!.descriptor, { send })).listKeyPairs({ name: 'ab' }, signal));
  expect(requests[0]!.url.search).toBe(
    '?IncludePublicKey=true&KeyPairName=ab&PageNumber=1&PageSize=50&RegionId=cn-hangzhou',
  );
});

/** A list that changes each time a page has been read, by offset. */
function changing(rows: string[], pageSize: number, change: (rows: string[], reads: number) => void) {
  let reads = 0;
  return ({ offset }: { offset: number }): Promise<Page<KeyPair>> => {
    const found = rows.slice(offset, offset + pageSize);
    const page = { rows: found.length, total: rows.length, items: found.map((name) => pair(name)) };
    change(rows, (reads += 1));
    return Promise.resolve(page);
  };
}

test('a pair that moves up over the edge of a page, because others went away, is found', async () => {
  const rows = names(10);
  const fetchPage = changing(rows, 3, (all, reads) => {
    // As many come as go: the total tells nothing.
    if (reads <= 3) all.push(`new${reads}`, ...(all.shift(), []));
  });
  const found = (await collect(allPages(fetchPage, paged(3)))).map(({ name }) => name);
  expect(new Set(found).size).toBe(found.length);
  expect(found).toEqual(expect.arrayContaining(names(10)));
});

test('whatever goes away and is added while a list is read, what stays is found, once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.array(fc.nat({ max: 50 }), { maxLength: 4 }), { maxLength: 40 }),
      async (count, pageSize, changes) => {
        const rows = names(count);
        const gone = new Set<string>();
        let added = 0;
        const fetchPage = changing(rows, pageSize, (all, reads) => {
          for (const index of changes[reads - 1] ?? []) {
            const [name] = all.splice(index % Math.max(all.length, 1), 1);
            if (name !== undefined) gone.add(name);
            if (index % 2 === 0) all.push(`new${(added += 1)}`);
          }
        });
        const found = (await collect(allPages(fetchPage, paged(pageSize)))).map(({ name }) => name);
        expect(new Set(found).size).toBe(found.length);
        for (const name of names(count)) if (!gone.has(name)) expect(found).toContain(name);
      },
    ),
    { numRuns: 500 },
  );
});

test('what is added in front pushes nothing out of sight', async () => {
  const rows = names(20);
  const fetchPage = changing(rows, 1, (all, reads) => {
    if (reads % 2 === 0 && reads < 20) all.unshift(`new${reads}`);
  });
  const found = (await collect(allPages(fetchPage, paged(1)))).map(({ name }) => name);
  expect(found).toEqual(expect.arrayContaining(names(20)));
  expect(new Set(found).size).toBe(found.length);
});

/** A service whose list changes after each request, by position; it answers later requests first or last. */
class Service {
  readonly asked: number[] = [];
  inOrder = false;
  #reads = 0;
  readonly #rows: string[];
  readonly #pageSize: number;
  readonly #change: (rows: string[], reads: number) => void;

  constructor(rows: string[], pageSize: number, change: (rows: string[], reads: number) => void = () => undefined) {
    this.#rows = rows;
    this.#pageSize = pageSize;
    this.#change = change;
  }

  readonly byOffset = async ({ offset }: { offset: number }): Promise<Page<KeyPair>> => {
    this.asked.push(offset);
    // The requests of one turn arrive in any order.
    for (let turns = this.inOrder ? 0 : (offset * 7) % 5; turns > 0; turns -= 1) await Promise.resolve();
    const found = this.#rows.slice(offset, offset + this.#pageSize);
    const page = { rows: found.length, total: this.#rows.length, items: found.map((name) => pair(name)) };
    this.#change(this.#rows, (this.#reads += 1));
    return page;
  };

  readonly byNumber = ({ number }: { number: number }): Promise<Page<KeyPair>> =>
    this.byOffset({ offset: (number - 1) * this.#pageSize });

  async read(how: 'byOffset' | 'byNumber'): Promise<string[]> {
    const paging = paged(this.#pageSize, { numbered: how === 'byNumber' });
    return (await collect(allPages(this[how], paging))).map(({ name }) => name);
  }
}

describe('what a list costs', () => {
  test.each([
    ['byOffset', 60, 1],
    ['byOffset', 100, 2],
    ['byOffset', 101, 2],
    ['byOffset', 199, 3],
    ['byOffset', 5000, 51],
    ['byNumber', 60, 1],
    ['byNumber', 101, 3],
    ['byNumber', 450, 6],
    // The last page is full: there could be more.
    ['byNumber', 500, 7],
  ] as const)('%s, %i pairs: %i requests', async (how, count, requests) => {
    const service = new Service(names(count), 100);
    expect(await service.read(how)).toEqual(names(count));
    expect(service.asked).toHaveLength(requests);
  });

  test('one that went away costs a few requests more, where it was', async () => {
    const service = new Service(names(5000), 100, (rows, reads) => {
      if (reads === 20) rows.splice(500, 1);
    });
    const found = await service.read('byOffset');
    expect(new Set(found)).toEqual(new Set([...names(5000)]));
    expect(service.asked.length).toBeLessThan(55);
  });

  test('one new in front costs no more', async () => {
    const service = new Service(names(4880), 100, (rows, reads) => {
      if (reads === 20) rows.unshift('new');
    });
    expect(await service.read('byOffset')).toEqual(names(4880));
    expect(service.asked).toHaveLength(50);
  });

  test('300 deleted one after another cost at most half more', async () => {
    const service = new Service(names(5000), 100, (rows, reads) => {
      if (reads % 2 === 0) rows.shift();
    });
    expect(await service.read('byOffset')).toEqual(expect.arrayContaining(names(4900, 100)));
    expect(service.asked.length).toBeLessThan(75);
  });

  test('many deleted at once are no reason to give up', async () => {
    const service = new Service(names(3000), 100, (rows, reads) => {
      if (reads === 12) rows.splice(0, 450);
    });
    expect(new Set(await service.read('byOffset'))).toEqual(new Set(names(3000)));
    expect(service.asked.length).toBeLessThan(65);
  });
});

test.each(['start', 'middle', 'end'])(
  'with overlaps, no insertion or deletion hides a pair, wherever new ones come (%s)',
  async (place) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 20, max: 60 }),
        fc.array(fc.array(fc.nat({ max: 700 }), { maxLength: 4 }), { maxLength: 60 }),
        async (count, pageSize, changes) => {
          const gone = new Set<string>();
          let added = 0;
          const service = new Service(names(count), pageSize, (rows, reads) => {
            for (const index of changes[reads - 1] ?? []) {
              const at = index % Math.max(rows.length, 1);
              const to = { start: 0, middle: (index * 31) % Math.max(rows.length, 1), end: rows.length }[place];
              if (index % 3 === 0) rows.splice(to ?? 0, 0, `new${(added += 1)}`);
              else for (const name of rows.splice(at, 1)) gone.add(name);
            }
          });
          const found = await service.read('byOffset');
          expect(new Set(found).size).toBe(found.length);
          const missing = names(count).filter((name) => !gone.has(name) && !found.includes(name));
          expect(missing).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  },
);

test.each([
  [
    'deletions and what is added at the end hide',
    (rows: string[], index: number, name: string) => [
      ...rows.splice(index % rows.length, 1),
      ...(index % 2 === 0 && rows.push(name) === 0 ? [name] : []),
    ],
  ],
  [
    'what is added in front hides',
    (rows: string[], _index: number, name: string) => {
      rows.unshift(name);
      return [];
    },
  ],
])('by number, %s no pair', async (_title, change) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 5, max: 50 }),
      fc.array(fc.option(fc.nat({ max: 700 })), { maxLength: 30 }),
      async (count, pageSize, changes) => {
        const gone = new Set<string>();
        let reads = 0;
        const service = new Service(names(count), pageSize, (rows) => {
          const index = changes[reads] ?? null;
          reads += 1;
          if (index !== null && rows.length > 0) for (const name of change(rows, index, `new${reads}`)) gone.add(name);
        });
        service.inOrder = true;
        const found = await service.read('byNumber');
        expect(new Set(found).size).toBe(found.length);
        expect(names(count).filter((name) => !gone.has(name) && !found.includes(name))).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test('by number, a change is seen by the total or by the first page, and the pages are read again', async () => {
  for (const change of [
    (rows: string[]) => rows.pop(),
    (rows: string[]) => rows.unshift('new', ...rows.splice(150, 1)),
  ]) {
    const service = new Service(names(350), 50, (rows, reads) => {
      if (reads === 4) change(rows);
    });
    expect(await service.read('byNumber')).toEqual(expect.arrayContaining(names(349)));
    expect(service.asked.length).toBeLessThan(20);
  }
});

test('pages of any size, shorter than requested, lead to all pairs, each once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 400 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
      fc.constantFrom('true', 'none', 'high'),
      async (count, sizes, total) => {
        const rows = names(count);
        const size = (): number => (sizes.next().value as number | undefined) ?? 1;
        const fetchPage = ({ offset }: { offset: number }): Promise<Page<KeyPair>> => {
          const found = rows.slice(offset, offset + size()).map((name) => pair(name));
          const told = { true: count, none: null, high: count + 5 }[total];
          return Promise.resolve({ rows: found.length, total: told ?? null, items: found });
        };
        const found = (await collect(allPages(fetchPage, paged(60)))).map(({ name }) => name);
        expect(found.length).toBe(count);
        expect(new Set(found)).toEqual(new Set(rows));
      },
    ),
    { numRuns: 500 },
  );
});

describe('pages that are requested ahead', () => {
  const never = new Promise<never>(() => undefined);

  test('are cancelled when one page fails, and when the reader leaves', async () => {
    for (const leave of [true, false]) {
      const signals: AbortSignal[] = [];
      const service = new Service(names(3000), 100);
      const items = allPages<KeyPair>((start, pageSignal) => {
        signals.push(pageSignal);
        if (start.offset < 200) return service.byOffset(start);
        if (!leave && start.offset < 300) return Promise.reject(new Error('refused'));
        return never;
      }, paged(100));
      const read = async (): Promise<number> => {
        let count = 0;
        for await (const { name } of items) if ((count += name.length > 0 ? 1 : 0) === 250 && leave) break;
        return count;
      };
      if (leave) expect(await read()).toBe(250);
      else await expect(read()).rejects.toThrow('refused');
      expect(signals.length).toBeGreaterThan(3);
      expect(signals.at(-1)?.aborted).toBe(true);
    }
  });

  test('reject nowhere when they are no longer needed', async () => {
    const service = new Service(names(300), 100);
    // The total is too high: pages beyond the end are requested, and fail.
    const items = allPages<KeyPair>(async (start) => {
      if (start.offset > 300) throw new Error('beyond the end');
      return { ...(await service.byOffset(start)), total: 1_000_000 };
    }, paged(100));
    expect(await collect(items)).toHaveLength(300);
  });

  test('are no more than 16', async () => {
    let [open, most] = [0, 0];
    const service = new Service(names(5000), 100);
    const items = allPages<KeyPair>(async (start) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      open -= 1;
      return service.byOffset(start);
    }, paged(100));
    expect(await collect(items)).toHaveLength(5000);
    expect(most).toBe(16);
  });
});

describe('a list that is walked by tokens', () => {
  const walk = (pieces: Record<string, { items: number[]; next: string | null }>) => {
    const asked: (string | null)[] = [];
    const items = allPieces(
      (token) => {
        asked.push(token);
        return Promise.resolve(pieces[token ?? 'first']!);
      },
      (item) => String(item),
    );
    return { asked, items: collect(items) };
  };

  test('is read to its end, over empty pieces, each item once', async () => {
    const { asked, items } = walk({
      first: { items: [1, 2], next: 'a' },
      a: { items: [], next: 'b' },
      b: { items: [2, 3, 3], next: null },
    });
    expect(await items).toEqual([1, 2, 3]);
    expect(asked).toEqual([null, 'a', 'b']);
  });

  test('ends where a token comes again', async () => {
    const { asked, items } = walk({
      first: { items: [1], next: 'a' },
      a: { items: [2], next: 'b' },
      b: { items: [3], next: 'a' },
    });
    expect(await items).toEqual([1, 2, 3]);
    expect(asked).toHaveLength(3);
  });

  test('is given up after 1000 pieces', async () => {
    let made = 0;
    const endless = () => Promise.resolve({ items: [(made += 1)], next: String(made) });
    const error = await failureOf(collect(allPieces(endless, (item) => String(item))));
    expect(error).toMatchObject({ code: 'FAILURE' });
    expect(made).toBe(1000);
  });
});
