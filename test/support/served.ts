import { createSandbox, type Listening, type Sandbox, type SandboxOptions } from '../../sandbox/server.ts';
import { run, type Run } from './program.ts';

/** A sandbox that is served from this process, and the program run against it with the vendors' variables. */
export interface Served {
  readonly sandbox: Sandbox;
  readonly env: Readonly<Record<string, string>>;
  readonly run: (
    args: readonly string[],
    options: {
      readonly home: string;
      readonly input?: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly uid?: number;
    },
  ) => Promise<Run>;
  readonly close: () => Promise<void>;
}

/** Serves a sandbox in memory with small keys; `behaviour` as given. */
export async function serveSandbox(options: Partial<SandboxOptions> = {}): Promise<Served> {
  const sandbox = createSandbox({
    stateDir: null,
    ...options,
    behaviour: { keyBits: 1024, ...options.behaviour },
  });
  const listening: Listening = await sandbox.listen();
  const { secretId, secretKey } = sandbox.credentials;
  const env = {
    TENCENTCLOUD_SECRET_ID: secretId,
    TENCENTCLOUD_SECRET_KEY: secretKey,
    ALIBABA_CLOUD_ACCESS_KEY_ID: secretId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: secretKey,
    KEYPAIR_ENDPOINT: listening.url,
  };
  return {
    sandbox,
    env,
    run: (args, { env: more, ...rest }) => run(args, { ...rest, env: { ...env, ...more } }),
    close: () => listening.close(),
  };
}

/** A copy of a service's answer in which each object was changed, the inner ones first. */
export function withEachObject(
  answer: unknown,
  change: (fields: Readonly<Record<string, unknown>>) => object,
): unknown {
  return JSON.parse(JSON.stringify(answer), (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? change(value as Readonly<Record<string, unknown>>)
      : value,
  );
}
