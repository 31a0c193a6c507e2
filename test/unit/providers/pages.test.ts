import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityOf, allPages, allPieces, type Page } from '../../../src/providers/paging.ts';
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
    // And back again, for what moved up meanwhile.
    const { pageSize } = api.descriptor;
    expect(asked.map(({ offset }) => offset)).toEqual([0, pageSize, 2 * pageSize, pageSize, 0]);
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

function pair(name: string, id: string | null = null): KeyPair {
  const nothing = { publicKey: null, fingerprint: null, createdAt: null, description: null };
  return { id, name, ...nothing, projectId: null, tags: null, instances: null };
}

test('a pair that moves to the next page is given once', async () => {
  const pages: Page<KeyPair>[] = [
    { rows: 2, total: 4, items: [pair('a', '1'), pair('b', '2')] },
    { rows: 2, total: 4, items: [pair('b', '2'), pair('c', '3')] },
    { rows: 1, total: 4, items: [pair('c', '3')] },
  ];
  const found = await collect(allPages(({ number }) => Promise.resolve(pages[number - 1]!), 2, identityOf));
  expect(found.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

test('two pairs of one name and two ids are two pairs', async () => {
  const page: Page<KeyPair> = { rows: 2, total: 2, items: [pair('a', '1'), pair('a', '2')] };
  expect(await collect(allPages(() => Promise.resolve(page), 100, identityOf))).toHaveLength(2);
});

test('a service that gives shorter pages than asked for is read on from where it stopped', async () => {
  const all = names(7);
  const offsets: number[] = [];
  const fetchPage = ({ offset }: { offset: number }): Promise<Page<KeyPair>> => {
    offsets.push(offset);
    const rows = all.slice(offset, offset + 3);
    return Promise.resolve({ rows: rows.length, total: 7, items: rows.map((name) => pair(name)) });
  };
  expect((await collect(allPages(fetchPage, 100, identityOf))).map(({ name }) => name)).toEqual(all);
  expect(offsets).toEqual([0, 3, 6, 3, 0]);
});

test('a list that grows for ever is given up', async () => {
  let made = 0;
  const endless = (): Promise<Page<KeyPair>> => {
    made += 1;
    return Promise.resolve({ rows: 1, total: 2 ** 40, items: [pair(`k${made}`)] });
  };
  expect(await failureOf(collect(allPages(endless, 1, identityOf)))).toMatchObject({ code: 'FAILURE' });
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
  const found = (await collect(allPages(fetchPage, 3, identityOf))).map(({ name }) => name);
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
        const fetchPage = changing(rows, pageSize, (all, reads) => {
          for (const index of changes[reads - 1] ?? []) {
            const [name] = all.splice(index % Math.max(all.length, 1), 1);
            if (name !== undefined) gone.add(name);
            if (index % 2 === 0) all.push(`new${reads}.${index}`);
          }
        });
        const found = (await collect(allPages(fetchPage, pageSize, identityOf))).map(({ name }) => name);
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
  const found = (await collect(allPages(fetchPage, 1, identityOf))).map(({ name }) => name);
  expect(found).toEqual(expect.arrayContaining(names(20)));
  expect(new Set(found).size).toBe(found.length);
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
