import type { Behaviour, AnyInterface } from '../behaviour.ts';
import type { Pager } from '../limits.ts';
import type { Dialect, Field } from '../params.ts';
import type { Repository } from '../repository.ts';

/** What an action works with. */
export interface Call {
  readonly interface: AnyInterface;
  readonly region: string;
  /** The SecretId or AccessKeyId that signed; null for an action that nobody signs. */
  readonly caller: string | null;
  /** What the service keeps in the region. STS and metadata keep nothing, and what is put here is lost. */
  readonly repository: Repository;
  readonly behaviour: Behaviour;
  readonly pages: Pager;
  readonly now: Date;
  readonly requestId: string;
}

/** The fields of an answer, without its envelope. */
export type Result = Readonly<Record<string, unknown>>;

/** One action of a service, ready to be called with raw parameters. */
export interface Action {
  /** Requests a second: the documents' number, or the sandbox's own where they give none. */
  readonly perSecond: number;
  /** @throws ApiError */
  run(raw: unknown, dialect: Dialect, call: Call): Promise<Result>;
}

/** The actions of one interface, by name. */
export type Actions = ReadonlyMap<string, Action>;

/** Makes an action of its parameters' description and what it does with them. */
export function action<T>(
  perSecond: number,
  params: Field<T>,
  run: (params: T, call: Call) => Result | Promise<Result>,
): Action {
  return { perSecond, run: async (raw, dialect, call) => run(params.read(raw, '', dialect), call) };
}
