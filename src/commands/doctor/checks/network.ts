import { KeypairError } from '../../../errors.ts';
import { listed } from '../../../i18n/phrases.ts';
import { t } from '../../../i18n/t.ts';
import { readSmallFile } from '../../../storage/key-directory.ts';
import { descriptors } from '../../../providers/registry.ts';
import { proxyIn } from '../../../http/no-proxy.ts';
import { parseProxy } from '../../../http/proxy.ts';
import { printable } from '../../../sanitize.ts';
import { type Finding, finding } from '../finding.ts';
import type { Check, CheckInput } from '../input.ts';

/** The settings of this machine that decide how services are reached, and whom we believe: nothing is called. */
export const network: Check = {
  id: 'network',
  title: t`network settings`,
  calls: false,
  run: async (input) => {
    const found = [...(await authorities(input)), ...verification(input), ...proxies(input)];
    return found.length > 0 ? found : [finding('ok', t`no proxy, and the usual certificate authorities`)];
  },
};

/** Node reads the file when it starts, and goes on without it where it cannot. */
async function authorities({ session: { context } }: CheckInput): Promise<readonly Finding[]> {
  const file = context.env['NODE_EXTRA_CA_CERTS'] ?? '';
  if (file === '') return [];
  const shown = printable(file);
  const hints = [t`set it to a PEM file of certificates, or unset it`];
  const problem = (message: string): readonly Finding[] => [finding('problem', message, { file, hints })];
  const { readFile } = await import('node:fs/promises');
  const reading = await readSmallFile(file);
  if (reading === 'unreadable')
    return problem(t`NODE_EXTRA_CA_CERTS: ${shown} cannot be read: it is passed over`);
  // A bundle of all authorities is longer than what is read of key files.
  const text = reading === null ? await readFile(file, 'utf8').catch(() => null) : reading.text.reveal();
  if (text === null) return problem(t`NODE_EXTRA_CA_CERTS: ${shown} is not there: it is passed over`);
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    return problem(t`NODE_EXTRA_CA_CERTS: ${shown} holds no certificate: it is passed over`);
  return [finding('ok', t`certificate authorities of ${shown} are believed too (NODE_EXTRA_CA_CERTS)`)];
}

function verification({ session: { context } }: CheckInput): readonly Finding[] {
  if (context.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return [];
  const hints = [t`unset it: it makes other programs believe anybody`];
  const message = t`NODE_TLS_REJECT_UNAUTHORIZED=0 is passed over: certificates are always verified`;
  return [finding('note', message, { hints })];
}

/** The way to each service, as the environment has it. */
function proxies({ session }: CheckInput): readonly Finding[] {
  const { context, settings } = session;
  if (settings.sandbox) return [];
  const { site } = settings;
  const ways = new Map<string, string[]>();
  const found: Finding[] = [];
  for (const descriptor of descriptors) {
    const { id, defaultRegion } = descriptor;
    const setting = proxyIn(context)(new URL(`https://${descriptor.host(defaultRegion, site)}`));
    if (setting === '') continue;
    try {
      const { origin } = parseProxy(setting).url;
      ways.set(origin, [...(ways.get(origin) ?? []), id]);
    } catch (error) {
      if (!(error instanceof KeypairError)) throw error;
      // All services have it from one variable.
      if (found.length === 0)
        found.push(finding('problem', printable(error.message), { hints: error.hints }));
    }
  }
  const told = [...ways].map(([origin, ids]) =>
    finding('ok', t`through the proxy ${printable(origin)}: ${listed(ids)}`),
  );
  return [...found, ...told];
}
