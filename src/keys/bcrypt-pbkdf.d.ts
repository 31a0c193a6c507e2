/** Types of what is used of npm `bcrypt-pbkdf`, which brings none. */
declare module 'bcrypt-pbkdf' {
  const bcrypt: {
    /** Fills `key` with bytes derived from a passphrase (OpenBSD, bcrypt_pbkdf(3)). Returns -1 if a length is 0. */
    pbkdf(
      pass: Uint8Array,
      passLength: number,
      salt: Uint8Array,
      saltLength: number,
      key: Uint8Array,
      keyLength: number,
      rounds: number,
    ): 0 | -1;
  };
  export { bcrypt as default };
}
