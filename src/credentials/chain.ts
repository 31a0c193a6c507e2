import { KeypairError } from '../errors.ts';
import type { Descriptor } from '../providers/types.ts';
import { credentialsFromEnvironment, ENVIRONMENT_SPELLINGS } from './env.ts';
import type { Credentials } from './types.ts';

/** A place where credentials may be. */
interface Place {
  /** For the message that lists where was looked. */
  readonly title: string;
  /** Null where there is nothing; throws where there is something wrong. */
  find(): Promise<Credentials | null>;
}

/**
 * The credentials for a provider: the first place that has any.
 *
 * @throws KeypairError `AUTH` that lists every place that was looked in.
 */
export async function findCredentials(
  descriptor: Descriptor,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Credentials> {
  const places = placesFor(descriptor, env);
  for (const place of places) {
    const found = await place.find();
    if (found !== null) return found;
  }
  const [current] = ENVIRONMENT_SPELLINGS[descriptor.vendor];
  throw new KeypairError('AUTH', `no credentials for ${descriptor.title}`, {
    provider: descriptor.id,
    hints: [
      `looked in: ${places.map(({ title }) => title).join('; ')}`,
      ...(current ? [`set ${current.id} and ${current.secret}`] : []),
      'or try it without an account: add --sandbox',
    ],
  });
}

function placesFor(
  descriptor: Descriptor,
  env: Readonly<Record<string, string | undefined>>,
): readonly Place[] {
  const names = ENVIRONMENT_SPELLINGS[descriptor.vendor].map(({ id }) => id);
  return [
    {
      title: `environment (${names.join(', ')})`,
      find: () => Promise.resolve(credentialsFromEnvironment(descriptor.vendor, env)),
    },
  ];
}
