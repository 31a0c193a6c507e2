import type { Behaviour } from '../../../sandbox/behaviour.ts';
import type { Sandbox, SandboxOptions } from '../../../sandbox/server.ts';
import { json, rpc, send, startSandbox, tc3, v1, type Sent } from './client.ts';

/** The base64 of an RSA key of 1024 bits: the one of Tencent's own CreateKeyPair page. */
export const RSA =
  'AAAAB3NzaC1yc2EAAAADAQABAAAAgQDP0Yw2T4itUKOJQIK69c1Asy1UO88cxEbujR5Jbr0e/Ey1v4ZKAUzDnsBnFlf4hKPA1YvMB8RBYj4GcLtM7PrKnBNNram8rgl73X/klOO8oqKv+J/XUA7KHH1Y6wcn1RTRTMdDHbGhW1q/UpfeylNTbf+wEIWhEfaL5FKQm4hqCw==';
/** An Ed25519 line, which no service takes. */
export const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPRfHnJKUYhKTiBHIDh3wwXTvyiwqQqKYIkgB0pzPNF a@b';

/** An answer's fields: of API 3.0 those inside `Response`. */
export type Fields = Record<string, unknown>;

/** Asks one interface for an action. */
export type Call<P> = (action: string, params?: P, region?: string) => Promise<Fields>;

/** A sandbox and one caller for each interface, all in Guangzhou or Hangzhou. */
export interface Cloud extends AsyncDisposable {
  readonly cvm: Call<object>;
  readonly lighthouse: Call<object>;
  readonly tat: Call<object>;
  readonly v2: Call<Record<string, string>>;
  readonly legacy: Call<Record<string, string>>;
  readonly ecs: Call<Record<string, string>>;
  readonly sandbox: Sandbox;
  readonly port: number;
}

/** Starts a sandbox for `await using`. */
export async function startCloud(
  behaviour: Partial<Behaviour> = {},
  more: Partial<SandboxOptions> = {},
): Promise<Cloud> {
  const own = await startSandbox({ ...more, behaviour });
  const pair = own.sandbox.credentials;
  const call = async (sent: Sent): Promise<Fields> => {
    const fields = json(await send(own.port, sent)) as Fields;
    return (fields['Response'] ?? fields) as Fields;
  };
  return {
    cvm: (action, params, region = 'ap-guangzhou') => call(tc3(pair, 'cvm', action, params, { region })),
    lighthouse: (action, params, region = 'ap-guangzhou') => call(tc3(pair, 'lighthouse', action, params, { region })),
    tat: (action, params, region = 'ap-guangzhou') => call(tc3(pair, 'tat', action, params, { region })),
    v2: (action, params) => call(v1(pair, { Action: action, Version: '2017-03-12', ...params })),
    legacy: (action, params) => call(v1(pair, { Action: action, ...params })),
    ecs: (action, params) => call(rpc(pair, action, params)),
    sandbox: own.sandbox,
    port: own.port,
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  };
}

/** An error of API 3.0, for `toMatchObject`. */
export const error = (code: string): object => ({ Error: { Code: code } });

/** The KeyId of an API 3.0 answer to a create or an import. */
export const idOf = (answer: Fields): string =>
  (answer['KeyId'] ?? (answer['KeyPair'] as { readonly KeyId: string }).KeyId) as string;

/** A clock that a test moves: signatures stay in time as long as it moves by less than their skew. */
export function handClock(): { readonly now: () => Date; pass(milliseconds: number): void } {
  let time = Date.now();
  return {
    now: () => new Date(time),
    pass: (milliseconds) => {
      time += milliseconds;
    },
  };
}

/** The instances of an answer to DescribeInstances, whichever service gave it, by their ids. */
export function instancesOf(answer: Fields): Readonly<Record<string, Fields>> {
  const set = (answer['InstanceSet'] ?? (answer['Instances'] as Fields)['Instance']) as readonly Fields[];
  return Object.fromEntries(set.map((instance) => [String(instance['InstanceId']), instance]));
}
