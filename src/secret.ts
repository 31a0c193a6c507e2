const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * A string that must not be seen: a secret key, a token, a private key. However it is printed (template, JSON,
 * `util.inspect`, an error's properties) it shows as `[secret]`; only {@link Secret.reveal} gives the value.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Each use is a place to look at in a review. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect](): string {
    return '[secret]';
  }
}
