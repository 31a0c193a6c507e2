/**
 * The default export of a CommonJS module of the SDKs. Node and esbuild give the module's `exports` object as the
 * default import, with the real one under `default`; test runners unwrap it once more.
 */
export function defaultOf<T>(module: { readonly default: T } | T): T {
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : module;
}
