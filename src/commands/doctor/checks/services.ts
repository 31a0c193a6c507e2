import type { KeypairError } from '../../../errors.ts';
import { labelled, together } from '../../../i18n/phrases.ts';
import { t } from '../../../i18n/t.ts';
import type { Session } from '../../../cli/session.ts';
import { printable } from '../../../sanitize.ts';
import { type Finding, finding } from '../finding.ts';
import type { Check } from '../input.ts';
import { brokenRegions } from './config.ts';
import type { ServiceLook } from '../look.ts';

/** More regions of one service than this stand in one line, as long as all is well with them. */
const MOST_LINES = 3;

/** Whether each service that is meant can be reached and answers. */
export const services: Check = {
  id: 'services',
  title: t`services`,
  calls: true,
  run: async (input) => {
    const { services: looks, unsettled } = await input.cloud();
    // What a vendor's file does not tell is told with the configuration.
    const told = (await brokenRegions(input)).map(({ message }) => message);
    // A refusal is an answer; what it says is told with the credentials.
    const reached = looks.filter(({ error }) => error === null || error.code === 'AUTH');
    const groups = [...new Set(reached.map(({ target }) => target.descriptor))].map((descriptor) =>
      reached.filter(({ target }) => target.descriptor === descriptor),
    );
    return [
      ...unsettled
        .filter(({ error }) => !told.includes(error.message))
        .map(({ descriptor, error }) => trouble(descriptor.id, null, error)),
      ...groups.flatMap((group) =>
        group.length > MOST_LINES ? [allRegions(group)] : group.map((look) => tell(input.session, look)),
      ),
      ...looks.flatMap(({ target, error }) =>
        error === null || error.code === 'AUTH' ? [] : [trouble(target.descriptor.id, target.region, error)],
      ),
    ];
  },
};

function tell({ settings }: Session, { target, pairs, firstMs }: ServiceLook): Finding {
  const { descriptor, region, endpoint } = target;
  // Only one that the user has chosen is worth a word.
  const usual = endpoint.host === descriptor.host(region, settings.site);
  const service = together([descriptor.id, region]);
  const where = usual ? service : t`${service} at ${printable(endpoint.host)}`;
  return finding('ok', told(where, firstMs, pairs?.length ?? null), { provider: descriptor.id, region });
}

function told(where: string, firstMs: number | null, count: number | null): string {
  if (firstMs === null) return t`${where} was not asked`;
  if (count === null) return t`${where} answers in ${firstMs} ms`;
  return t`${where} answers in ${firstMs} ms: ${pairsOf(count)}`;
}

function allRegions(looks: readonly ServiceLook[]): Finding {
  const id = looks[0]?.target.descriptor.id ?? '';
  const slowest = Math.max(...looks.map(({ firstMs }) => firstMs ?? 0));
  // One may list a pair in every region of the account.
  const all = looks.flatMap(({ target, pairs }) =>
    (pairs ?? []).map(({ id: pairId, name }) => pairId ?? `${target.region} ${name}`),
  );
  const count = new Set(all).size;
  const message = t`${id}: ${looks.length} regions answer, the slowest in ${slowest} ms: ${pairsOf(count)}`;
  return finding('ok', message, { provider: id });
}

function pairsOf(count: number): string {
  if (count === 0) return t`no key pairs`;
  return count === 1 ? t`1 key pair` : t`${count} key pairs`;
}

function trouble(provider: string, region: string | null, error: KeypairError): Finding {
  const name = region === null ? provider : together([provider, region]);
  return finding('problem', labelled(name, printable(error.message)), {
    hints: error.hints.map((hint) => printable(hint)),
    provider,
    region,
  });
}
