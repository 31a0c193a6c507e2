const inspect = Symbol.for('nodejs.util.inspect.custom');

const DISCREET = {
  toJSON: () => '[environment]',
  [inspect]: () => '[environment]',
};

/**
 * A copy of the environment that is read by name and not shown as a whole: it holds access keys, and whatever is
 * printed of a context, a session or an error would show them with it.
 */
export function redactedEnv(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return Object.assign(Object.create(DISCREET) as Record<string, string | undefined>, env);
}
