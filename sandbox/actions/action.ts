import type { Behaviour, AnyInterface, Service } from '../behaviour.ts';
import type { Pager } from '../limits.ts';
import type { Dialect, Field } from '../params.ts';
import type { Repository } from '../repository.ts';
import type { Login } from '../ssh.ts';

/** One call of an action. */
export interface Call {
  readonly interface: AnyInterface;
  readonly region: string;
  /** The SecretId or AccessKeyId that signed the request; null for an unsigned action. */
  readonly caller: string | null;
  /** The service's data in the region. STS and metadata get an empty one, which is discarded. */
  readonly repository: Repository;
  /** The data of another service: TAT works on CVM and Lighthouse. Default: in the region of the request. */
  readonly repositoryOf: (service: Service, region?: string) => Repository;
  /** Executes stored runs. Null if this sandbox executes no scripts. */
  readonly executor: {
    start(service: Service, runId: string): void;
    stop(taskId: string): void;
  } | null;
  /** Opens a login to an instance; null if addresses lead nowhere. */
  readonly login: ((id: string) => Promise<Login>) | null;
  readonly behaviour: Behaviour;
  readonly pages: Pager;
  readonly now: Date;
  readonly requestId: string;
}

/** The fields of a response, without its envelope. */
export type Result = Readonly<Record<string, unknown>>;

/** One action of a service. It takes raw parameters. */
export interface Action {
  /** The rate limit in requests a second: from the documents, or the sandbox's own where they give none. */
  readonly perSecond: number;
  /** @throws ApiError */
  run(raw: unknown, dialect: Dialect, call: Call): Promise<Result>;
}

/** The actions of one interface, by name. */
export type Actions = ReadonlyMap<string, Action>;

/** Defines an action: its rate limit, its parameters and its implementation. */
export function action<T>(
  perSecond: number,
  params: Field<T>,
  run: (params: T, call: Call) => Result | Promise<Result>,
): Action {
  return { perSecond, run: async (raw, dialect, call) => run(params.read(raw, '', dialect), call) };
}
