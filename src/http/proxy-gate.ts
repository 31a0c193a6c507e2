import type { Proxy } from './proxy.ts';

/** What is known of one proxy with one user and password: the first request tries them, the others wait for it. */
interface Gate {
  trying: Promise<void> | null;
  open: boolean;
  /** The status with which the proxy refused them, for the rest of the process. */
  refusal: number | null;
}

/** What a request may do at a proxy. */
export interface Turn {
  /** Null: go. */
  readonly refusal: number | null;
  /** What the proxy answered to CONNECT; null where it gave no answer. Called once, or more often to no effect. */
  answered(status: number | null): void;
}

const gates = new Map<string, Gate>();

/**
 * A password that a proxy refuses is shown to it once: a company's directory locks an account after a few wrong ones,
 * and `list -r all` makes dozens of requests at once. A proxy without a password is not waited for.
 */
export async function turnAt({ url, authorization }: Proxy): Promise<Turn> {
  if (authorization === null) return { refusal: null, answered: () => undefined };
  const key = `${url.origin} ${authorization.reveal()}`;
  const gate = gates.get(key) ?? { trying: null, open: false, refusal: null };
  gates.set(key, gate);
  while (gate.trying !== null) await gate.trying;
  const { refusal, open } = gate;
  let done = (): void => undefined;
  if (refusal === null && !open) gate.trying = new Promise((resolve) => (done = resolve));
  return {
    refusal,
    answered: (status) => {
      // Where it has let others through, 403 is about the one host.
      if (status === 407 || (status === 403 && !gate.open)) gate.refusal = status;
      else if (status !== null) gate.open = true;
      gate.trying = null;
      done();
    },
  };
}
