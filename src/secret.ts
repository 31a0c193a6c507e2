const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * A string that must not be printed: a secret key, a token, a private key. In any output (template, JSON,
 * `util.inspect`, an error's properties) it appears as `[secret]`; only {@link Secret.reveal} returns the value.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Each call needs a look in a review. */
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
