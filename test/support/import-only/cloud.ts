import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The cloud of the vendor that takes public keys only. */
export interface AcmeCloud {
  readonly url: string;
  /** The keys that it has, by name. */
  readonly keys: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** Starts one on this machine that accepts this token. */
export async function openAcmeCloud(token: string): Promise<AcmeCloud> {
  const keys = new Map<string, { readonly id: string; readonly name: string; readonly publicKey: string }>();
  let requests = 0;
  const answerTo = (method: string, url: URL, body: string): readonly [number, object] => {
    const given = body === '' ? {} : (JSON.parse(body) as Record<string, string>);
    if (method === 'POST' && url.pathname === '/v1/keys') {
      const { name = '', publicKey = '' } = given;
      if (keys.has(name)) return [409, { code: 'taken', message: `there is a key ${name}` }];
      const key = { id: `key-${requests}`, name, publicKey };
      keys.set(name, key);
      return [201, { key }];
    }
    if (method === 'POST' && url.pathname === '/v1/keys/delete') {
      const found = [...keys.values()].find(({ id }) => id === given['id']);
      if (found === undefined) return [404, { code: 'unknown', message: 'no such key' }];
      keys.delete(found.name);
      return [200, {}];
    }
    const start = (Number(url.searchParams.get('page')) - 1) * 2;
    return [200, { keys: [...keys.values()].slice(start, start + 2), total: keys.size }];
  };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests += 1;
      const url = new URL(request.url ?? '/', 'http://acme.example');
      const [status, answer] =
        request.headers.authorization === `Bearer ${token}`
          ? answerTo(request.method ?? '', url, body)
          : [401, { code: 'unauthorized', message: `no user has ${request.headers.authorization ?? ''}` }];
      response.writeHead(status, {
        'content-type': 'application/json',
        'x-request-id': `request-${requests}`,
      });
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get keys() {
      return new Map([...keys.values()].map(({ name, publicKey }) => [name, publicKey]));
    },
    close: () =>
      new Promise((resolve) => {
        server
          .close(() => {
            resolve();
          })
          .closeAllConnections();
      }),
  };
}
