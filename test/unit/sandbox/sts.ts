import type { Behaviour } from '../../../sandbox/behaviour.ts';
import type { SandboxOptions } from '../../../sandbox/server.ts';
import { json, rpc, send, startSandbox, tc3, type Pair, type Sent } from './client.ts';
import type { Fields } from './cloud.ts';

/** The roles that everybody may assume. */
export const OPS = {
  tencent: 'qcs::cam::uin/100000000001:roleName/ops',
  aliyun: 'acs:ram::1000000000000001:role/ops',
} as const;

/** A sandbox and one caller for each STS; without a pair, the permanent one signs. */
export interface Sts extends Awaited<ReturnType<typeof startSandbox>> {
  readonly tencent: (action: string, params?: object, pair?: Pair) => Promise<Fields>;
  readonly aliyun: (action: string, params?: Record<string, string>, pair?: Pair) => Promise<Fields>;
  readonly ask: (sent: Sent) => Promise<Fields>;
}

/** Starts a sandbox for `await using`. */
export async function startSts(behaviour: Partial<Behaviour> = {}, more: Partial<SandboxOptions> = {}): Promise<Sts> {
  const own = await startSandbox({ ...more, behaviour: { requestsPerSecond: null, ...behaviour } });
  const ask = async (sent: Sent): Promise<Fields> => {
    const fields = json(await send(own.port, sent)) as Fields;
    return (fields['Response'] ?? fields) as Fields;
  };
  const { credentials } = own.sandbox;
  return {
    ...own,
    ask,
    tencent: (action, params, pair = credentials) => ask(tc3(pair, 'sts', action, params)),
    aliyun: (action, params, pair = credentials) => ask(aliyunSts(pair, action, params)),
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  };
}

/** Signs a call of Alibaba's STS by its parameters (RPC V1). */
export function aliyunSts(
  pair: Pair,
  action: string,
  params: Readonly<Record<string, string>> = {},
  host = 'sts.aliyuncs.com',
): Sent {
  return rpc(pair, action, { Version: '2015-04-01', ...params }, { host });
}

/** The credentials in an answer of either STS or metadata service. */
export function pairIn(answer: Fields): Required<Pair> {
  const found = (answer['Credentials'] ?? answer) as Readonly<Record<string, string>>;
  return {
    secretId: found['TmpSecretId'] ?? found['AccessKeyId'] ?? '',
    secretKey: found['TmpSecretKey'] ?? found['AccessKeySecret'] ?? '',
    token: found['Token'] ?? found['SecurityToken'] ?? '',
  };
}

/** A web identity token that ends in so many seconds; nobody signed it. */
export function webIdentity(seconds: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + seconds;
  return [
    part({ alg: 'RS256' }),
    part({ iss: 'https://ci.example', sub: 'repo:main', aud: 'sts', exp }),
    part({}),
  ].join('.');
}
